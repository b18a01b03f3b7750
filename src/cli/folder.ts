import { tokenSettings } from "../app";
import { readConfig } from "../config";
import { Accounts } from "../domain/accounts/accounts";
import { ApiKeys } from "../domain/keys/apikeys";
import { Limits } from "../domain/limits";
import { Tokens } from "../domain/tokens/tokens";
import { type Clock, systemClock } from "../runtime/clock";
import { openLog } from "../runtime/log";
import { openStore, type Store } from "../store/database";

/** What a command works with: the data folder, beside a running server or without one. */
export interface Folder {
  readonly store: Store;
  readonly clock: Clock;
  readonly accounts: Accounts;
  readonly tokens: Tokens;
  readonly apiKeys: ApiKeys;
}

/** Opens the data folder of the environment, lends it to `work` and closes it again. */
export async function withFolder<T>(work: (folder: Folder) => Promise<T>): Promise<T> {
  const config = readConfig(process.env);
  const clock = systemClock();
  const store = await openStore(config.data);
  try {
    const accounts = new Accounts(store, clock, new Limits(clock), openLog("error"));
    const tokens = await Tokens.open(tokenSettings(config), accounts, store, clock);
    return await work({ store, clock, accounts, tokens, apiKeys: new ApiKeys(store, clock, config.apiKey) });
  } finally {
    store.close();
  }
}
