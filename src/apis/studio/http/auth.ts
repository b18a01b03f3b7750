import * as v from "valibot";
import type { Account } from "../../../domain/accounts/accounts";
import type { CommonCallers } from "../../../http/access";
import { credentials, registration } from "../../../http/credentials";
import { type RouteHandlers, route, shape } from "../../../http/route";
import type { Parts } from "./parts";
import { SIGNED_IN } from "./shapes";

export const authRoutes = {
  register: route("POST /api/v1/auth/register", {
    summary: "Makes an account, where the operator lets anybody have one (`HEADEND_REGISTRATION=open`).",
    access: "anyone",
    body: registration,
    example: { email: "artist@example.com", password: "correct horse battery", name: "artist" },
    answer: SIGNED_IN,
    status: 201,
    refuses: ["permission_denied", "rate_limit_exceeded", "conflict"],
  }),
  login: route("POST /api/v1/auth/login", {
    summary: "Signs in with a username or an email address.",
    access: "anyone",
    body: credentials,
    example: { email: "artist@example.com", password: "correct horse battery" },
    answer: SIGNED_IN,
    refuses: ["authentication_failed", "rate_limit_exceeded"],
  }),
  logout: route("POST /api/v1/auth/logout", {
    summary: "Ends the token for good; its sockets are told and disconnected.",
    access: "user",
    answer: shape("LoggedOut", v.object({ message: v.string() }), { message: "Logged out" }),
  }),
};

/** Registration where it is open, sign-in, and the end of a token. */
export function authHandlers({ house }: Parts): RouteHandlers<typeof authRoutes, CommonCallers> {
  const { accounts, registration: people, tokens, clock } = house;
  return {
    register: async ({ body, peer }) => welcome(await people.register(await body(), peer.network)),
    async login({ body, peer }) {
      const { login, password } = await body();
      return welcome(await accounts.signIn(login, password, peer.network));
    },
    async logout({ identity }) {
      await tokens.revoke(identity);
      return { message: "Logged out" };
    },
  };

  async function welcome(account: Account) {
    const { token, expiresAt } = await tokens.issue(account);
    const { id, email, name, roles } = account;
    const expiresIn = Math.round((expiresAt - clock.now()) / 1000);
    return { user: { id, email, name, roles }, token, expiresIn };
  }
}
