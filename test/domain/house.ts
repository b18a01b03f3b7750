import { Accounts } from "../../src/domain/accounts/accounts";
import { Limits } from "../../src/domain/limits";
import { type TokenSettings, Tokens } from "../../src/domain/tokens/tokens";
import { Refusal } from "../../src/refusal";
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

/** The refusal that some work ends with; anything else fails the test. */
export async function refusal(work: Promise<unknown>): Promise<Refusal> {
  const error = await work.then(
    () => undefined,
    (caught) => caught,
  );
  if (!(error instanceof Refusal)) throw new Error(`not refused but ${error}`);
  return error;
}

/** The user of a token, or why it is refused. */
export async function outcome(tokens: Tokens, token: string): Promise<string> {
  try {
    return (await tokens.verify(token)).userId;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.reason ?? error.code;
  }
}

/** A part of a token: an object, or exactly this text or these bytes. */
type Part = object | string | Uint8Array;

/** A token of exactly this header and payload, signed with HMAC-SHA-256 whatever the header says. */
export function hmac(payload: Part, header: Part = { alg: "HS256" }, secret = SECRET): string {
  const input = [header, payload].map(encoded).join(".");
  return `${input}.${new Bun.CryptoHasher("sha256", secret).update(input).digest("base64url")}`;
}

export function encoded(part: Part): string {
  const bytes = part instanceof Uint8Array ? part : Buffer.from(typeof part === "string" ? part : JSON.stringify(part));
  return Buffer.from(bytes).toString("base64url");
}
