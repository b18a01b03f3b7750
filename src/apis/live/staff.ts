import type { Identity } from "../../domain/tokens/identity";
import { rankOfRoles } from "./ranks";
import type { StaffStore } from "./store";

/**
 * Who moderates by a role of their token. Only tokens say so, and a moderator who is not there shows none; so what the
 * last one said is remembered, or any moderator could ban the admins while they sleep.
 */
export class Staff {
  readonly #store: StaffStore;
  readonly #ranks: Map<string, number>;

  constructor(store: StaffStore) {
    this.#store = store;
    this.#ranks = new Map(store.list().map(({ userId, rank }) => [userId, rank]));
  }

  /** Somebody has shown a token. */
  async seen(identity: Identity): Promise<void> {
    const { userId } = identity;
    const rank = rankOfRoles(identity);
    if (rank === this.rankOf(userId)) return;
    await this.#store.set(userId, rank);
    if (rank > 0) this.#ranks.set(userId, rank);
    else this.#ranks.delete(userId);
  }

  /** The account is gone. */
  async forget(userId: string): Promise<void> {
    await this.#store.set(userId, 0);
    this.#ranks.delete(userId);
  }

  rankOf(userId: string): number {
    return this.#ranks.get(userId) ?? 0;
  }
}
