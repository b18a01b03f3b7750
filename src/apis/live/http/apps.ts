import * as v from "valibot";
import { credentials } from "../../../http/credentials";
import { type RouteHandlers, route } from "../../../http/route";
import { amount, id, line } from "../../../realtime/fields";
import { Refusal } from "../../../refusal";
import { duration } from "../../../setting";
import { DEFAULT_APP } from "../apps";
import type { LiveCallers } from "./callers";
import { named, type Parts } from "./parts";
import { APP, TOKEN } from "./shapes";

const signIn = v.intersect([credentials, named]);
const newApp = v.object({ app_id: v.optional(id()), name: line(1, 128) });
const newToken = v.object({
  user_id: id(),
  username: v.optional(line(1, 64)),
  role: v.optional(v.pipe(line(1, 32), v.toLowerCase())),
  // Seconds as a number, or 30m, 24h, 7d.
  ttl: v.optional(
    v.union([
      v.pipe(
        amount(1, 31_536_000),
        v.transform((seconds) => seconds * 1000),
      ),
      duration,
    ]),
  ),
});

export const appRoutes = {
  login: route("POST /v1/auth/login", {
    summary: "Signs in with a username or an email address, for an app; without one for `default`.",
    access: "anyone",
    body: signIn,
    example: { email: "gamerpro@example.com", password: "correct horse battery" },
    answer: TOKEN,
    refuses: ["authentication_failed", "rate_limit_exceeded", "not_found"],
  }),
  createApp: route("POST /v1/apps", {
    summary: "Makes an app, a tenant with users and streams of its own; its secret is shown this once.",
    access: "key",
    body: newApp,
    example: { app_id: "app_xyz789", name: "My app" },
    answer: APP,
    status: 201,
    refuses: ["conflict"],
  }),
  createToken: route("POST /v1/apps/:app_id/tokens", {
    summary: "A token of an app's user; `ttl` in seconds, or as 30m, 24h, 7d. Users of `default` sign in.",
    access: "key",
    only: "not for the app `default`",
    body: newToken,
    example: { user_id: "user_abc123", username: "GamerPro", role: "moderator", ttl: "24h" },
    answer: TOKEN,
    status: 201,
    refuses: ["not_found"],
  }),
};

/** Tenants, and tokens for their users. */
export function appHandlers({ house, apps }: Parts): RouteHandlers<typeof appRoutes, LiveCallers> {
  const { accounts, tokens, clock } = house;
  return {
    async login({ body, peer }) {
      const { login, password, app_id = DEFAULT_APP } = await body();
      if (!apps.has(app_id)) throw new Refusal("not_found", "There is no such app", { field: "app_id" });
      const account = await accounts.signIn(login, password, peer.network);
      const { token, expiresAt } =
        app_id === DEFAULT_APP
          ? await tokens.issue(account)
          : await apps.issue(app_id, { userId: account.id, username: account.name }, tokens.ttlMs);
      return issued(token, expiresAt, { user_id: account.id, username: account.name, email: account.email });
    },

    async createApp({ body }) {
      const { app_id = `app_${Bun.randomUUIDv7()}`, name } = await body();
      return { id: app_id, app_id, name, app_secret: await apps.create(app_id, name) };
    },

    async createToken({ params: { app_id }, body }) {
      // Its users are Headend's own, on every API.
      if (app_id === DEFAULT_APP) {
        throw new Refusal("permission_denied", "Tokens of the app default come from signing in", { field: "app_id" });
      }
      const { user_id, username, role, ttl = tokens.ttlMs } = await body();
      const { token, expiresAt } = await apps.issue(app_id, { userId: user_id, username, role }, ttl);
      return issued(token, expiresAt, { user_id, username: username ?? user_id });
    },
  };

  function issued<U>(token: string, expiresAt: number, user: U) {
    const expires_in = Math.round((expiresAt - clock.now()) / 1000);
    return { access_token: token, token_type: "bearer" as const, expires_in, user };
  }
}
