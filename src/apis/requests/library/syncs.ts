import type { House } from "../../../house";
import { iso } from "../../../runtime/clock";
import { EVERYBODY, type RequestsLine, type RequestsSession } from "../wire";

/** What a media server says of a library that it reads anew. */
export interface SyncReport {
  readonly event: "sync_started" | "sync_progress" | "sync_completed" | "sync_failed";
  readonly libraryId: string;
  readonly libraryName: string;
  /** Percent. */
  readonly progress?: number | undefined;
  readonly message?: string | undefined;
}

/** As everybody on `/media` hears of it. */
type SyncEvent = SyncReport & { readonly timestamp: string };

/** Libraries whose sync is known to be running. */
const MAX_RUNNING = 100;
/** One that says nothing for so long has come to its end without a word. */
const SILENT_MS = 3_600_000;

/** Libraries as they are read anew: everybody hears of it, and who comes in between is shown what is running. */
export class Syncs {
  readonly #house: House;
  readonly #line: RequestsLine;
  /** By library, the one that reported last stands last. */
  readonly #running = new Map<string, { event: SyncEvent; at: number }>();

  constructor(house: House, line: RequestsLine) {
    this.#house = house;
    this.#line = line;
  }

  report({ progress, message, ...report }: SyncReport): SyncEvent {
    const { clock } = this.#house;
    const event: SyncEvent = {
      ...report,
      ...(progress !== undefined && { progress }),
      ...(message !== undefined && { message }),
      timestamp: iso(clock.now()),
    };
    this.#running.delete(event.libraryId);
    if (event.event === "sync_started" || event.event === "sync_progress") {
      this.#running.set(event.libraryId, { event, at: clock.elapsed() });
      const [oldest] = this.#running.keys();
      if (this.#running.size > MAX_RUNNING && oldest !== undefined) this.#running.delete(oldest);
    }
    this.#line.publisher.toRoom("/media", EVERYBODY, "media:plex:sync", event);
    return event;
  }

  /** Shows a socket of `/media` what is running. */
  attend(session: RequestsSession): void {
    const since = this.#house.clock.elapsed() - SILENT_MS;
    for (const { event, at } of this.#running.values()) {
      if (at < since) continue;
      this.#line.publisher.send<"/media", "media:plex:sync">(session, "media:plex:sync", event);
    }
  }
}
