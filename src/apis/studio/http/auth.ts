import type { Hono } from "hono";
import type { Account } from "../../../domain/accounts/accounts";
import { readJson } from "../../../http/body";
import { credentials, registration } from "../../../http/credentials";
import { type RestEnv, signedIn } from "../../../http/rest";
import { done, type Parts } from "./parts";

/** Registration where it is open, sign-in, and the end of a token. */
export function addAuth(app: Hono<RestEnv>, { house }: Parts): void {
  const { accounts, registration: people, tokens, clock } = house;

  app.post("/api/v1/auth/register", async (c) => {
    const account = await people.register(await readJson(c, registration), c.env.peer.network);
    return c.json(done(await welcome(account)), 201);
  });

  app.post("/api/v1/auth/login", async (c) => {
    const { login, password } = await readJson(c, credentials);
    return c.json(done(await welcome(await accounts.signIn(login, password, c.env.peer.network))));
  });

  app.post("/api/v1/auth/logout", signedIn(tokens), async (c) => {
    await tokens.revoke(c.var.identity);
    return c.json(done({ message: "Logged out" }));
  });

  async function welcome(account: Account) {
    const { token, expiresAt } = await tokens.issue(account);
    const { id, email, name, roles } = account;
    const expiresIn = Math.round((expiresAt - clock.now()) / 1000);
    return { user: { id, email, name, roles }, token, expiresIn };
  }
}
