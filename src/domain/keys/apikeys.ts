import { asc, eq } from "drizzle-orm";
import { Refusal } from "../../refusal";
import type { Clock } from "../../runtime/clock";
import type { Store } from "../../store/database";
import { apiKeys } from "./tables";

/** The scope of a key that may do everything. */
const EVERYTHING = "*";

/** Keys of other servers. They are looked up by hash in memory, so neither the call nor the comparison tells of them. */
export class ApiKeys {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #everyScope: string | undefined;
  readonly #scopes = new Map<string, readonly string[]>();

  /** @param configured `HEADEND_API_KEY`: has every scope */
  constructor(store: Store, clock: Clock, configured: string | undefined) {
    this.#store = store;
    this.#clock = clock;
    this.#everyScope = configured === undefined ? undefined : hash(configured);
    this.reload();
  }

  /** Reads the keys again: a command may have changed them. */
  reload(): void {
    this.#scopes.clear();
    for (const row of this.#store.db.select().from(apiKeys).all()) this.#scopes.set(row.hash, row.scopes.split(","));
    if (this.#everyScope !== undefined) this.#scopes.set(this.#everyScope, [EVERYTHING]);
  }

  /** Whether `key` is one of ours and may be used for `scope`: an API's name, or `metrics`. */
  allows(key: string, scope: string): boolean {
    const scopes = this.#scopes.get(hash(key)) ?? [];
    return scopes.includes(scope) || scopes.includes(EVERYTHING);
  }

  /** @returns the key, which is not stored and cannot be shown again @throws Refusal `conflict` */
  async add(name: string, scopes: readonly string[]): Promise<string> {
    const key = `hk_${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url")}`;
    const row = { name, hash: hash(key), scopes: scopes.join(","), createdAt: this.#clock.now() };
    const added = this.#store.db.insert(apiKeys).values(row).onConflictDoNothing().returning().get();
    if (!added) throw new Refusal("conflict", `There is a key named ${name} already`, { field: "name" });
    this.reload();
    return key;
  }

  async list(): Promise<{ name: string; scopes: string; createdAt: number }[]> {
    const { name, scopes, createdAt } = apiKeys;
    return this.#store.db.select({ name, scopes, createdAt }).from(apiKeys).orderBy(asc(name)).all();
  }

  /** @throws Refusal `not_found` */
  async revoke(name: string): Promise<void> {
    const gone = this.#store.db.delete(apiKeys).where(eq(apiKeys.name, name)).returning().get();
    if (!gone) throw new Refusal("not_found", `There is no key named ${name}`);
    this.reload();
  }
}

function hash(key: string): string {
  return new Bun.CryptoHasher("sha256").update(key).digest("hex");
}
