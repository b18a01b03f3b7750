import { and, asc, eq, getTableColumns, isNotNull, lte, ne, sql } from "drizzle-orm";
import { Refusal } from "../../refusal";
import type { Clock } from "../../runtime/clock";
import type { Log } from "../../runtime/log";
import type { Store } from "../../store/database";
import { isOutage } from "../../store/errors";
import { holds, newestFirst } from "../../store/holds";
import { type Bucket, type Limits, rate } from "../limits";
import type { Claims } from "../tokens/claims";
import type { TokenFacts } from "../tokens/identity";
import { Newcomers } from "./newcomers";
import { Passwords } from "./passwords";
import { accountChanges, accounts } from "./tables";
import { Tries } from "./tries";

export interface Account {
  readonly id: string;
  readonly email: string | null;
  readonly name: string;
  readonly roles: readonly string[];
  readonly status: "active" | "disabled" | "deleted";
  readonly version: number;
  readonly createdAt: number;
}

/** What `add` needs; `roles` that are given count more than those of a token. */
export interface NewAccount {
  /** Made when absent. */
  readonly id?: string | undefined;
  readonly email?: string | undefined;
  readonly name?: string | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly password?: string | undefined;
}

type Row = typeof accounts.$inferSelect;

/** Failed sign-ins a minute (CONTRACT §2). */
const PER_ACCOUNT_AND_ADDRESS = rate(5, 60_000);
const PER_ADDRESS = rate(20, 60_000);
const PER_ACCOUNT = rate(100, 60_000);

/** Who may use the server, and how they prove it. */
export class Accounts {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #tries: Tries;
  readonly #log: Log;
  readonly #byId;
  readonly #byEmailKey;
  readonly #put;
  readonly #newcomers;
  readonly passwords = new Passwords();

  constructor(store: Store, clock: Clock, limits: Limits, log: Log) {
    this.#store = store;
    this.#clock = clock;
    this.#tries = new Tries(limits);
    this.#log = log;
    this.#byId = store.db
      .select()
      .from(accounts)
      .where(eq(accounts.id, sql.placeholder("id")))
      .prepare();
    this.#byEmailKey = store.db
      .select()
      .from(accounts)
      .where(eq(accounts.emailKey, sql.placeholder("emailKey")))
      .prepare();
    const columns = Object.keys(getTableColumns(accounts)) as (keyof Row)[];
    const given = Object.fromEntries(columns.map((name) => [name, sql.placeholder(name)])) as Record<keyof Row, never>;
    const anew = columns
      .filter((name) => name !== "id")
      .map((name) => [name, sql`excluded.${sql.identifier(accounts[name].name)}`]);
    this.#put = store.db
      .insert(accounts)
      .values(given)
      .onConflictDoUpdate({ target: accounts.id, set: Object.fromEntries(anew) })
      .prepare();
    this.#newcomers = new Newcomers<Row, Claims>({
      find: (id) => this.#byId.get({ id }),
      insert: ({ userId: id, email, username: name, roles }) => this.#insert({ id, email, name, roles }, null, false),
      inTransaction: (work) => this.#inTransaction(work),
    });
  }

  /**
   * The account behind a name and a password.
   *
   * @param login email, id or display name
   * @param address of the caller, for the limits
   * @throws Refusal `authentication_failed`, the same for an unknown account and a wrong password;
   *   `rate_limit_exceeded` after too many failures, the right password included
   */
  async signIn(login: string, password: string, address: string): Promise<Account> {
    const row = this.#byLogin(login);
    const account = row?.id ?? login.trim().toLowerCase().slice(0, 256);
    const buckets: Bucket[] = [
      { key: `sign-in, pair: ${account} ${address}`, rate: PER_ACCOUNT_AND_ADDRESS },
      { key: `sign-in, address: ${address}`, rate: PER_ADDRESS },
      { key: `sign-in, account: ${account}`, rate: PER_ACCOUNT },
    ];
    const isRight = await this.#tries.make(buckets, async () => {
      const fits = await this.passwords.fits(password, row?.passwordHash ?? null);
      // A disabled account counts like a wrong password, or one could tell them apart.
      return fits && row?.status === "active";
    });
    if (!row || !isRight) throw new Refusal("authentication_failed", "Wrong user name or password");
    return asAccount(row);
  }

  /**
   * Lets in the user of a verified token and makes an unknown one known (CONTRACT §2).
   *
   * @returns the roles that count
   * @throws Refusal `authentication_failed` (`revoked`) when the account is closed or the token is from before a
   *   change of password
   */
  async admit(claims: Claims, token: TokenFacts): Promise<readonly string[]> {
    const id = claims.userId;
    const row = this.#byId.get({ id });
    if (row) return rolesFor(row, token);
    // One of our own tokens is only ever made for an account that exists.
    if (token.accountVersion !== null) throw closed();
    try {
      const known = await this.#newcomers.admit(claims);
      if (known) return rolesFor(known, token);
    } catch (error) {
      if (!isOutage(error)) throw error;
      // The signature is right whether or not the disk is: the user becomes known another time.
      this.#log.warn({ err: error, userId: claims.userId }, "a new user could not be stored");
    }
    return claims.roles;
  }

  /**
   * The roles that count now for a token that was admitted before.
   *
   * @throws Refusal as `admit`
   */
  async rolesOf(userId: string, token: TokenFacts): Promise<readonly string[]> {
    const row = this.#byId.get({ id: userId });
    if (row) return rolesFor(row, token);
    if (token.accountVersion !== null) throw closed();
    return token.claimedRoles;
  }

  /** The account with this id or email, whatever its status; a deleted one is not found. */
  async find(login: string): Promise<Account | undefined> {
    const row = this.#byId.get({ id: login }) ?? this.#byEmail(login);
    return row && row.status !== "deleted" ? asAccount(row) : undefined;
  }

  async list(): Promise<Account[]> {
    const rows = this.#store.db
      .select()
      .from(accounts)
      .where(ne(accounts.status, "deleted"))
      .orderBy(asc(accounts.createdAt), asc(accounts.id))
      .all();
    return rows.map(asAccount);
  }

  /**
   * Accounts whose id, email or name holds `text`, or all of them, the newest first; of very many the older ones only
   * when `text` is all of their id or email.
   *
   * @param limit how many at most
   */
  async search(text: string, limit: number): Promise<Account[]> {
    const { id, email, name } = accounts;
    const rows = this.#store.db
      .select()
      .from(accounts)
      .where(and(ne(accounts.status, "deleted"), holds(text, accounts, id, email, name)))
      .orderBy(newestFirst(accounts))
      .limit(limit)
      .all();
    const exact = rows.length < limit ? await this.find(text) : undefined;
    const found = rows.map(asAccount);
    return exact && !found.some((each) => each.id === exact.id) ? [...found, exact] : found;
  }

  async hasAdmin(): Promise<boolean> {
    return (await this.list()).some((account) => account.status === "active" && account.roles.includes("admin"));
  }

  /** @throws Refusal `conflict` when the id or the email is taken */
  async add(given: NewAccount): Promise<Account> {
    const hash = given.password === undefined ? null : await this.passwords.hash(given.password);
    const id = given.id ?? Bun.randomUUIDv7();
    const email = given.email ?? null;
    const name = given.name ?? email?.split("@")[0] ?? id;
    return this.#inTransaction(() => {
      const taken = this.#byId.get({ id });
      if (taken && taken.status !== "deleted")
        throw new Refusal("conflict", `There is an account with the id ${id} already`, { field: "id" });
      if (email && this.#byEmail(email))
        throw new Refusal("conflict", `There is an account with the email ${email} already`, { field: "email" });
      const version = (taken?.version ?? -1) + 1;
      this.#insert({ id, email, name, roles: given.roles ?? [] }, hash, given.roles !== undefined, version);
      return asAccount(this.#require(id));
    });
  }

  /** @throws Refusal `not_found` */
  async setEnabled(id: string, enabled: boolean): Promise<void> {
    this.#change(id, () => ({ status: enabled ? "active" : "disabled" }));
  }

  /** From now on these are the roles, whatever a token claims. @throws Refusal `not_found` */
  async setRoles(id: string, roles: readonly string[]): Promise<void> {
    this.#change(id, () => ({ roles: roles.join(","), rolesFixed: true }));
  }

  /** Ends every session of before. @throws Refusal `not_found` */
  async setPassword(id: string, password: string): Promise<void> {
    const passwordHash = await this.passwords.hash(password);
    this.#change(id, ({ version }) => ({ passwordHash, version: version + 1, credentialsAt: this.#clock.now() }));
  }

  /** Ends every session and every token of before, whatever the password. @throws Refusal `not_found` */
  async endSessions(id: string): Promise<void> {
    this.#change(id, ({ version }) => ({ version: version + 1, credentialsAt: this.#clock.now() }));
  }

  /**
   * Closes the account for good and forgets everything about the person but the id, which stays so that a token that
   * is still valid does not open it again. What else is stored of the user is for its owners to remove.
   *
   * @throws Refusal `not_found`
   */
  async remove(id: string): Promise<void> {
    const nothing = { email: null, emailKey: null, name: "", roles: "", passwordHash: null };
    this.#change(id, () => ({ status: "deleted", ...nothing }));
  }

  /** The users whose accounts commands have changed, and up to which change; ask again until `forgetChanges`. */
  async changes(): Promise<{ last: number; users: { userId: string; isDeleted: boolean }[] }> {
    const rows = this.#store.db.select().from(accountChanges).all();
    const users = [...new Set(rows.map((row) => row.userId))].map((userId) => ({
      userId,
      isDeleted: this.#byId.get({ id: userId })?.status === "deleted",
    }));
    return { last: Math.max(0, ...rows.map((row) => row.sequence)), users };
  }

  /** These changes have been taken over. There is one server to a database, so nobody else asks for them. */
  async forgetChanges(last: number): Promise<void> {
    this.#store.db.delete(accountChanges).where(lte(accountChanges.sequence, last)).run();
  }

  #byLogin(login: string): Row | undefined {
    const row = this.#byEmail(login) ?? this.#byId.get({ id: login.trim() });
    if (row) return row;
    // Display names are not unique: the oldest account with a password has it, so that nobody can take it over later.
    return this.#store.db
      .select()
      .from(accounts)
      .where(and(eq(accounts.name, login.trim()), isNotNull(accounts.passwordHash)))
      .orderBy(asc(accounts.createdAt), asc(accounts.id))
      .limit(1)
      .get();
  }

  #byEmail(email: string): Row | undefined {
    return this.#byEmailKey.get({ emailKey: emailKey(email) });
  }

  #require(id: string): Row {
    const row = this.#byId.get({ id });
    if (!row || row.status === "deleted") throw new Refusal("not_found", `There is no account ${id}`);
    return row;
  }

  /** What is decided by a look at the database holds until it is written: another process may be a moment away. */
  #inTransaction<T>(work: () => T): T {
    return this.#store.db.transaction(work, { behavior: "immediate" });
  }

  #change(id: string, change: (row: Row) => Partial<Row>): void {
    const { db } = this.#store;
    this.#inTransaction(() => {
      db.update(accounts)
        .set(change(this.#require(id)))
        .where(eq(accounts.id, id))
        .run();
      db.insert(accountChanges).values({ userId: id }).run();
    });
  }

  /** Within a transaction. */
  #insert(
    account: Pick<Account, "id" | "email" | "name" | "roles">,
    passwordHash: string | null,
    rolesFixed: boolean,
    version = 0,
  ): void {
    const { id, email, name } = account;
    const isFree = email !== null && this.#byEmail(email) === undefined;
    this.#put.run({
      id,
      email,
      emailKey: isFree ? emailKey(email) : null,
      name,
      roles: account.roles.join(","),
      rolesFixed,
      passwordHash,
      version,
      credentialsAt: null,
      status: "active",
      createdAt: this.#clock.now(),
    });
  }
}

function rolesFor(row: Row, token: TokenFacts): readonly string[] {
  if (row.status !== "active") throw closed();
  const isOurs = token.accountVersion !== null;
  const isStale = isOurs
    ? token.accountVersion !== row.version
    : // `iat` has whole seconds: what was issued within the second of the change is given the benefit of the doubt.
      token.issuedAt !== null && row.credentialsAt !== null && token.issuedAt + 1000 <= row.credentialsAt;
  if (isStale) throw new Refusal("authentication_failed", "Token has been revoked", { reason: "revoked" });
  return isOurs || row.rolesFixed ? splitRoles(row.roles) : token.claimedRoles;
}

function closed(): Refusal {
  return new Refusal("authentication_failed", "Account is disabled", { reason: "revoked" });
}

function asAccount(row: Row): Account {
  const { id, email, name, status, version, createdAt } = row;
  return { id, email, name, roles: splitRoles(row.roles), status, version, createdAt };
}

function splitRoles(roles: string): string[] {
  return roles === "" ? [] : roles.split(",");
}

function emailKey(email: string): string {
  return email.trim().normalize("NFC").toLowerCase();
}
