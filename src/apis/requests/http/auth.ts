import type { Context, Hono } from "hono";
import type { Account } from "../../../domain/accounts/accounts";
import { readJson } from "../../../http/body";
import { sessionCookie } from "../../../http/cookies";
import { credentials } from "../../../http/credentials";
import type { RestEnv } from "../../../http/rest";
import { iso } from "../../../runtime/clock";
import { sessionEvent, userRoom } from "../wire";
import { COOKIES, callers, done, originOf, type Parts } from "./parts";

/** Sign-in with a cookie that scripts cannot read, its renewal, and its end. */
export function addAuth(app: Hono<RestEnv>, { house, line, activity }: Parts): void {
  const { accounts, tokens, clock } = house;
  const { writer } = callers(house);

  app.post("/api/v1/auth/login", async (c) => {
    const { login, password } = await readJson(c, credentials);
    const account = await accounts.signIn(login, password, c.env.peer.network);
    const { token, expiresAt } = await tokens.issue(account);
    const actor = { userId: account.id, username: account.name };
    await activity.note(actor, "user_login", {}, originOf(c));
    return c.json(done(welcome(c, account, token, expiresAt)));
  });

  app.post("/api/v1/auth/refresh", writer, async (c) => {
    const { identity } = c.var;
    const { token, expiresAt } = await tokens.renew(identity);
    const renewed = await tokens.verify(token);
    for (const session of [...line.sessions.of(identity.userId)]) {
      if (session.identity?.token.id === identity.token.id) line.sessions.bind(session, renewed);
    }
    const event = sessionEvent("token_refresh", expiresAt, iso(clock.now()));
    for (const namespace of ["/", "/authenticated"] as const) {
      line.publisher.toRoom(namespace, userRoom(identity.userId), "user:session", event);
    }
    await activity.note(identity, "token_refresh", {}, originOf(c));
    const { userId: id, email, username: name, roles } = renewed;
    return c.json(done(welcome(c, { id, email, name, roles }, token, expiresAt)));
  });

  app.post("/api/v1/auth/logout", writer, async (c) => {
    await tokens.revoke(c.var.identity);
    await activity.note(c.var.identity, "user_logout", {}, originOf(c));
    c.header("Set-Cookie", sessionCookie(COOKIES[0], "", 0, c.env.peer));
    return c.json(done({ message: "Logged out" }));
  });

  function welcome(
    c: Context<RestEnv>,
    { id, email, name, roles }: Pick<Account, "id" | "email" | "name" | "roles">,
    token: string,
    expiresAt: number,
  ) {
    const expiresIn = Math.round((expiresAt - clock.now()) / 1000);
    c.header("Set-Cookie", sessionCookie(COOKIES[0], token, expiresIn, c.env.peer));
    return { user: { id, email, name, roles }, token, expiresIn };
  }
}
