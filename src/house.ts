import type { Accounts } from "./domain/accounts/accounts";
import type { Registration } from "./domain/accounts/registration";
import type { Chat } from "./domain/chat/chat";
import type { ApiKeys } from "./domain/keys/apikeys";
import type { Limits } from "./domain/limits";
import type { Moderation } from "./domain/moderation/moderation";
import type { Notifications } from "./domain/notifications/notifications";
import type { Progress } from "./domain/progress/progress";
import type { Tokens } from "./domain/tokens/tokens";
import type { Clock } from "./runtime/clock";
import type { Log } from "./runtime/log";
import type { Ticker } from "./runtime/ticker";
import type { Table, Values } from "./setting";
import type { Store } from "./store/database";

/** What the app lends to every API. `app.ts` is the only place that builds it. */
export interface House {
  readonly clock: Clock;
  readonly log: Log;
  readonly ticker: Ticker;
  readonly limits: Limits;
  readonly accounts: Accounts;
  readonly registration: Registration;
  readonly tokens: Tokens;
  readonly apiKeys: ApiKeys;
  readonly progress: Progress;
  readonly chat: Chat;
  readonly moderation: Moderation;
  readonly notifications: Notifications;
  /** What goes out to sockets at the request of others is no larger than what sockets may send (`HEADEND_MAX_PAYLOAD`). */
  readonly maxPayloadBytes: number;
  /** For an API's own records. */
  readonly store: Store;
  /** The values of an API's own rows of the settings table. */
  settings<Rows extends Table>(rows: Rows): Values<Rows>;
}
