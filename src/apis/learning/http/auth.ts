import type { Account } from "../../../domain/accounts/accounts";
import type { House } from "../../../house";
import { credentials, registration } from "../../../http/credentials";
import { type RouteHandlers, route } from "../../../http/route";
import type { LearningCallers } from "./parts";
import { SIGNED_IN } from "./shapes";

export const authRoutes = {
  register: route("POST /api/v1/auth/register", {
    summary: "Makes an account, where the operator lets anybody have one (`HEADEND_REGISTRATION=open`).",
    access: "anyone",
    body: registration,
    example: { email: "student@example.com", password: "correct horse battery", name: "student" },
    answer: SIGNED_IN,
    status: 201,
    refuses: ["permission_denied", "rate_limit_exceeded", "conflict"],
  }),
  login: route("POST /api/v1/auth/login", {
    summary: "Signs in with a username or an email address.",
    access: "anyone",
    body: credentials,
    example: { email: "student@example.com", password: "correct horse battery" },
    answer: SIGNED_IN,
    refuses: ["authentication_failed", "rate_limit_exceeded"],
  }),
};

export function authHandlers({
  accounts,
  registration,
  tokens,
}: House): RouteHandlers<typeof authRoutes, LearningCallers> {
  return {
    register: async ({ body, peer }) => issued(await registration.register(await body(), peer.network)),
    async login({ body, peer }) {
      const { login, password } = await body();
      return issued(await accounts.signIn(login, password, peer.network));
    },
  };

  async function issued(account: Account) {
    const { token } = await tokens.issue(account);
    const { id, email, name, roles } = account;
    return { access_token: token, user: { id, email, name, roles } };
  }
}
