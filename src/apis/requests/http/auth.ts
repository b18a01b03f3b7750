import * as v from "valibot";
import type { Account } from "../../../domain/accounts/accounts";
import type { Identity } from "../../../domain/tokens/identity";
import type { CommonCallers } from "../../../http/access";
import { cookieOf, sessionCookie } from "../../../http/cookies";
import { credentials } from "../../../http/credentials";
import type { Peer } from "../../../http/peer";
import { type RouteHandlers, route, shape } from "../../../http/route";
import { iso } from "../../../runtime/clock";
import { sessionEvent, userRoom } from "../wire";
import { COOKIES, originOf, type Parts } from "./parts";
import { SIGNED_IN } from "./shapes";

export const authRoutes = {
  login: route("POST /api/v1/auth/login", {
    summary: "Signs in with a username or an email address, and sets the cookie `auth-token`.",
    access: "anyone",
    body: credentials,
    example: { email: "john@example.com", password: "correct horse battery" },
    answer: SIGNED_IN,
    refuses: ["authentication_failed", "rate_limit_exceeded"],
  }),
  refresh: route("POST /api/v1/auth/refresh", {
    summary:
      "Answers a new token and sets it as the cookie; sockets of the old one go on with it and hear `user:session`.",
    access: "user",
    only: "with a token that this server signed",
    answer: SIGNED_IN,
  }),
  logout: route("POST /api/v1/auth/logout", {
    summary: "Ends the token for good, and removes the cookie.",
    access: "user",
    answer: shape("LoggedOut", v.object({ message: v.string() }), { message: "Logged out" }),
  }),
};

interface Asking {
  readonly request: Request;
  readonly peer: Peer;
  setCookie(cookie: string): void;
}

/** Sign-in with a cookie that scripts cannot read, its renewal, and its end. */
export function authHandlers({ house, line, activity }: Parts): RouteHandlers<typeof authRoutes, CommonCallers> {
  const { accounts, tokens, clock } = house;

  return {
    async login(call) {
      const { login, password } = await call.body();
      const account = await accounts.signIn(login, password, call.peer.network);
      const { token, expiresAt } = await tokens.issue(account);
      const actor = { userId: account.id, username: account.name };
      await activity.note(actor, "user_login", {}, originOf(call));
      return welcome(call, account, token, expiresAt);
    },

    async refresh(call) {
      const { identity } = call;
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
      await activity.note(identity, "token_refresh", {}, originOf(call));
      const { userId: id, email, username: name, roles } = renewed;
      return welcome(call, { id, email, name, roles }, token, expiresAt);
    },

    async logout(call) {
      const { identity } = call;
      await endCookies(call, identity);
      await tokens.revoke(identity);
      await activity.note(identity, "user_logout", {}, originOf(call));
      return { message: "Logged out" };
    },
  };

  /** Whoever signs out must not be signed in again by a cookie that an earlier token is still in. */
  async function endCookies({ request, peer, setCookie }: Asking, { userId, token: used }: Identity): Promise<void> {
    for (const name of COOKIES) {
      const token = cookieOf(request.headers.get("cookie") ?? undefined, [name], peer);
      const identity = token && (await tokens.verify(token).catch(() => undefined));
      const isTheirs = identity && identity.userId === userId;
      if (isTheirs && identity.token.id !== used.id) await tokens.revoke(identity);
      // The other name is a common one: what is in it may be of another server on this host.
      if (isTheirs || name === COOKIES[0]) setCookie(sessionCookie(name, "", 0, peer));
    }
  }

  function welcome(
    { peer, setCookie }: Asking,
    { id, email, name, roles }: Pick<Account, "id" | "email" | "name" | "roles">,
    token: string,
    expiresAt: number,
  ) {
    const expiresIn = Math.round((expiresAt - clock.now()) / 1000);
    setCookie(sessionCookie(COOKIES[0], token, expiresIn, peer));
    return { user: { id, email, name, roles }, token, expiresIn };
  }
}
