import type { Identity } from "../../domain/tokens/identity";
import type { House } from "../../house";
import type { ActivityStore } from "./store";
import { EVERYBODY, type RequestsLine, showActivity } from "./wire";

/** Where an action came from. */
export interface Origin {
  readonly ipAddress: string;
  readonly userAgent: string;
}

/** What users do that changes something, for the eyes of admins (CONTRACT §5). */
export class ActivityLog {
  readonly #house: House;
  readonly #line: RequestsLine;
  readonly #store: ActivityStore;

  constructor(house: House, line: RequestsLine, store: ActivityStore) {
    this.#house = house;
    this.#line = line;
    this.#store = store;
  }

  /** Never rejects: the action is done, whether or not it can be written down. */
  async note(
    { userId, username }: Pick<Identity, "userId" | "username">,
    action: string,
    details: Readonly<Record<string, unknown>>,
    { ipAddress, userAgent }: Origin,
  ): Promise<void> {
    const { clock, log } = this.#house;
    const activity = { userId, username, action, details, ipAddress, userAgent, createdAt: clock.now() };
    this.#line.publisher.toRoom("/admin", EVERYBODY, "admin:user:activity", showActivity(activity));
    await this.#store.add(activity).catch((error) => log.error({ err: error, action }, "an action is not noted"));
  }
}
