import { Accounts } from "../../src/domain/accounts/accounts";
import { Limits } from "../../src/domain/limits";
import { type TokenSettings, Tokens } from "../../src/domain/tokens/tokens";
import { openLog } from "../../src/runtime/log";
import { openStore, type Store } from "../../src/store/database";
import { FakeClock } from "../clock";
import { SECRET, temporaryFolder } from "../harness";

/** Identity without a server: a database of its own, accounts and tokens. */
export class Identities implements Disposable {
  readonly clock = new FakeClock();
  readonly limits = new Limits(this.clock);
  readonly folder: ReturnType<typeof temporaryFolder>;
  readonly store: Store;
  readonly accounts: Accounts;

  private constructor(folder: ReturnType<typeof temporaryFolder>, store: Store) {
    this.folder = folder;
    this.store = store;
    this.accounts = new Accounts(store, this.clock, this.limits, openLog("error", { write: () => {} }));
  }

  static async open(): Promise<Identities> {
    const folder = temporaryFolder();
    return new Identities(folder, await openStore(folder.path));
  }

  tokens(settings: Partial<TokenSettings> = {}): Promise<Tokens> {
    const all = { secret: SECRET, previousSecrets: [], ttlMs: 3_600_000, ...settings };
    return Tokens.open(all, this.accounts, this.store, this.clock);
  }

  [Symbol.dispose](): void {
    this.store.close();
    this.folder[Symbol.dispose]();
  }
}
