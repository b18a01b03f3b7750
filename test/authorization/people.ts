import { Accounts } from "../../src/domain/accounts/accounts";
import { Limits } from "../../src/domain/limits";
import { openLog } from "../../src/runtime/log";
import { openStore, type Store } from "../../src/store/database";
import type { FakeClock } from "../clock";
import type { TestApp } from "../harness";

/** Who comes. Each of them is a user of its own, so that no limit of one is met by another. */
export type Person =
  | "anonymous"
  | "other user"
  | "owner"
  | "moderator"
  | "instructor"
  | "same rank elsewhere"
  | "admin"
  | "expired"
  | "revoked"
  | "demoted"
  | "wrong tenant";

export const PEOPLE: readonly Person[] = [
  "anonymous",
  "other user",
  "owner",
  "moderator",
  "instructor",
  "same rank elsewhere",
  "admin",
  "expired",
  "revoked",
  "demoted",
  "wrong tenant",
];

/** What the columns mean, for whoever reads the tables. */
export const MEANINGS: Readonly<Record<Person, string>> = {
  anonymous: "no token at all",
  "other user": "a signed-in user who has nothing to do with the thing",
  owner: "whose it is: the stream's owner, a student of the course, who asked for the title or the job",
  moderator: "has the role `moderator`, which means something on `live` only: every stream of the app",
  instructor: "has the role `instructor` and teaches the course",
  "same rank elsewhere": "owns and moderates another stream, teaches another course, owns another job",
  admin: "an account with the role `admin`",
  expired: "an admin whose token has run out, both brought along and while connected",
  revoked: "an admin whose token was taken back, both before and while connected",
  demoted: "was an admin when connecting, and is a plain user since",
  "wrong tenant": "an admin of another app of `live`, with that app's token",
};

/** The id that a person goes by. */
export function idOf(person: Person): string {
  return person.replaceAll(" ", "-");
}

const ROLES: Readonly<Partial<Record<Person, readonly string[]>>> = {
  moderator: ["moderator"],
  instructor: ["instructor"],
  "same rank elsewhere": ["instructor"],
  admin: ["admin"],
  expired: ["admin"],
  revoked: ["admin"],
  demoted: ["admin"],
};
const TENANT = "acme";
const YEARS_MS = 10 * 365 * 86_400_000;
/** A command's change reaches the server within 2 s, the end of a token within 5 (CONTRACT §2). */
const REACHES_MS = 6_000;
/** Of the tokens that run out, or are about to be taken back. */
export const SHORT_MS = 10_000;

/** The people of one server, with their tokens. */
export class Cast implements Disposable {
  readonly #app: TestApp;
  readonly #clock: FakeClock;
  readonly #tenantToken: string;
  /** What commands do is done by another process than the server's. */
  readonly #store: Store;
  readonly #accounts: Accounts;

  private constructor(app: TestApp, clock: FakeClock, store: Store, tenantToken: string) {
    this.#app = app;
    this.#clock = clock;
    this.#tenantToken = tenantToken;
    this.#store = store;
    this.#accounts = new Accounts(store, clock, new Limits(clock), openLog("error", { write: () => undefined }));
  }

  /** Makes their accounts. @param key an API key, for the other tenant of `live` */
  static async of(app: TestApp, clock: FakeClock, key: string): Promise<Cast> {
    const { accounts } = app.app.house;
    for (const person of PEOPLE) {
      if (person === "anonymous" || person === "wrong tenant") continue;
      await accounts.add({ id: idOf(person), roles: ROLES[person] ?? [] });
    }
    const headers = { "x-api-key": key };
    await app.call("live", "/v1/apps", { headers, json: { app_id: TENANT, name: "Another app" } });
    const { body } = await app.call("live", `/v1/apps/${TENANT}/tokens`, {
      headers,
      json: { user_id: idOf("wrong tenant"), role: "admin", ttl: "9999h" },
    });
    const { access_token } = body as { access_token: string };
    const store = await openStore(app.folder);
    // Nothing here is worth a wait for the disk.
    for (const { db } of [store, app.app.house.store]) db.$client.run("PRAGMA synchronous = OFF");
    return new Cast(app, clock, store, access_token);
  }

  /** A good token of the person; none where there is none. */
  async token(person: Person, ttlMs = YEARS_MS): Promise<string | undefined> {
    if (person === "anonymous") return undefined;
    if (person === "wrong tenant") return this.#tenantToken;
    const { accounts, tokens } = this.#app.app.house;
    const account = await accounts.find(idOf(person));
    if (!account) throw new Error(`${person} has no account`);
    return (await tokens.issue(account, ttlMs)).token;
  }

  /** A token that no longer counts, of those to whom that happens. */
  async spentToken(person: Person): Promise<string | undefined> {
    const token = await this.token(person, SHORT_MS);
    if (token) await this.spend(person, token);
    return token;
  }

  /** Lets happen to a person what the column is about. */
  async spend(person: Person, token: string): Promise<void> {
    const { tokens } = this.#app.app.house;
    if (person === "expired") await this.#clock.advance(SHORT_MS + REACHES_MS);
    if (person === "revoked") await tokens.revoke(await tokens.verify(token));
    if (person === "demoted") await this.#setRoles(person, []);
  }

  /** As they were. */
  async restore(person: Person): Promise<void> {
    if (person === "demoted") await this.#setRoles(person, ROLES[person] ?? []);
  }

  async #setRoles(person: Person, roles: readonly string[]): Promise<void> {
    await this.#accounts.setRoles(idOf(person), roles);
    await this.#clock.advance(REACHES_MS);
  }

  [Symbol.dispose](): void {
    this.#store.close();
  }
}
