import type { Database } from "bun:sqlite";
import type { Place } from "./place";
import { Ledger, type Pledge } from "./pledges/pledge";
import { Random } from "./random";

/** Clients at work, and what they were told is stored. */
export class Load {
  readonly #ledgers: ReadonlyMap<Pledge, Ledger>;
  readonly #visits: Promise<void>[];
  #isOver = false;

  /** One user for each pledge begins. */
  constructor(place: Place, pledges: readonly Pledge[], seed: number) {
    this.#ledgers = new Map(pledges.map((pledge) => [pledge, new Ledger()]));
    this.#visits = [...this.#ledgers].map(([pledge, ledger], n) =>
      pledge.visit({
        place,
        user: `v${seed}n${n}`,
        transport: n % 2 === 0 ? "websocket" : "polling",
        random: new Random(seed + n),
        ledger,
        isOver: () => this.#isOver || place.isGone,
      }),
    );
  }

  /** How much was acknowledged so far. */
  get acknowledged(): number {
    return [...this.#ledgers.values()].reduce((sum, { size }) => sum + size, 0);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#visits);
  }

  /** As `Ledger.missing`, and whether the file is sound. */
  missing(db: Database, until?: number): string[] {
    const [integrity] = db.query("PRAGMA integrity_check").values().flat();
    const broken = integrity === "ok" ? [] : [`integrity_check: ${integrity}`];
    return [...broken, ...[...this.#ledgers].flatMap(([pledge, ledger]) => ledger.missing(pledge, db, until))];
  }
}
