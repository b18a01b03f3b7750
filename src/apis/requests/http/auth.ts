import type { Context, Hono } from "hono";
import type { Account } from "../../../domain/accounts/accounts";
import type { Identity } from "../../../domain/tokens/identity";
import { readJson } from "../../../http/body";
import { cookieOf, sessionCookie } from "../../../http/cookies";
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
      if (session.identity?.token.id !== identity.token.id) continue;
      line.sessions.bind(session, renewed);
      session.renewCookie(`${COOKIES[0]}=${token}`);
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
    const { identity } = c.var;
    await endCookies(c, identity);
    await tokens.revoke(identity);
    await activity.note(identity, "user_logout", {}, originOf(c));
    return c.json(done({ message: "Logged out" }));
  });

  /** Whoever signs out must not be signed in again by a cookie that an earlier token is still in. */
  async function endCookies(c: Context<RestEnv>, { userId, token: used }: Identity): Promise<void> {
    const { peer } = c.env;
    for (const name of COOKIES) {
      const token = cookieOf(c.req.header("cookie"), [name], peer);
      const identity = token && (await tokens.verify(token).catch(() => undefined));
      const isTheirs = identity && identity.userId === userId;
      if (isTheirs && identity.token.id !== used.id) await tokens.revoke(identity);
      // The other name is a common one: what is in it may be of another server on this host.
      if (isTheirs || name === COOKIES[0]) {
        c.header("Set-Cookie", sessionCookie(name, "", 0, peer), { append: true });
      }
    }
  }

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
