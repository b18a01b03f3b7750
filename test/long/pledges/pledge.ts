import type { Database } from "bun:sqlite";
import type { Place } from "../place";
import type { Random } from "../random";

/** What a client was told is stored, and when. */
interface Note {
  /** How far it had come: what is stored may be further, and never less far. */
  readonly rank: number;
  readonly atMs: number;
}

/** One user's stay on the server. */
export interface Visit {
  readonly place: Place;
  /** Nobody else's name. */
  readonly user: string;
  readonly transport: "websocket" | "polling";
  readonly random: Random;
  readonly ledger: Ledger;
  isOver(): boolean;
}

/**
 * Something that the server promises to have stored. To add one: a file with one of these, and a line in `index.ts`.
 */
export interface Pledge {
  readonly name: string;
  /** What is documented as buffered may be so much behind when the server is killed; absent where it must be exact. */
  readonly behindMs?: number;
  /** Does as a client does until the visit is over or the server is gone, and notes what was acknowledged. */
  visit(visit: Visit): Promise<void>;
  /** What the database has, by the keys of the notes. */
  stored(db: Database): ReadonlyMap<string, number>;
  /** What must not be there, in words: two of what there may be one of. */
  excess?(db: Database): string[];
}

/** What was acknowledged for one pledge, and is to be found again for ever. */
export class Ledger {
  readonly #notes = new Map<string, Note[]>();
  /** What was sent and never answered: sent again by the next visit, as clients do. */
  readonly unanswered: string[] = [];

  note(key: string, rank: number): void {
    const notes = this.#notes.get(key) ?? [];
    notes.push({ rank, atMs: performance.now() });
    this.#notes.set(key, notes);
  }

  get size(): number {
    return this.#notes.size;
  }

  /**
   * Compares with what is stored.
   *
   * @param pledge whose ledger it is
   * @param killedAtMs when the server went; absent when it stopped in order, and nothing may be behind
   * @returns what is missing, in words
   */
  missing(pledge: Pledge, db: Database, killedAtMs?: number): string[] {
    const stored = pledge.stored(db);
    const until = killedAtMs === undefined ? Number.POSITIVE_INFINITY : killedAtMs - (pledge.behindMs ?? 0);
    const faults: string[] = [];
    for (const [key, notes] of this.#notes) {
      const wanted = Math.max(0, ...notes.filter(({ atMs }) => atMs <= until).map(({ rank }) => rank));
      const found = stored.get(key) ?? 0;
      if (found < wanted) faults.push(`${pledge.name}: ${key} was acknowledged at ${wanted} and is at ${found}`);
      // The server starts from what it has: so do we.
      this.#notes.set(key, [{ rank: found, atMs: 0 }]);
    }
    return [...faults, ...(pledge.excess?.(db) ?? [])];
  }
}

/** Rows of two columns as a map. */
export function pairs(db: Database, sql: string): Map<string, number> {
  return new Map(db.query<[string, number], []>(sql).values() as [string, number][]);
}
