import { pass } from "../../runtime/clock";
import { isOutage } from "../../store/errors";

interface Waiting<Row, Person> {
  readonly person: Person;
  readonly made: PromiseWithResolvers<Row | undefined>;
}

interface NewcomersOptions<Row, Person> {
  /** Whoever is known by then, within the transaction. */
  find(id: string): Row | undefined;
  /** Within the transaction. */
  insert(person: Person): void;
  inTransaction(work: () => void): void;
}

/**
 * Makes unknown users known: those who come within one turn of the event loop in one transaction, since it is the end of
 * a transaction that takes its time. Nobody is let in before that.
 */
export class Newcomers<Row, Person extends { readonly userId: string }> {
  readonly #options: NewcomersOptions<Row, Person>;
  #waiting = new Map<string, Waiting<Row, Person>>();

  constructor(options: NewcomersOptions<Row, Person>) {
    this.#options = options;
  }

  /**
   * @returns once the user is on disk; with what is known of the user where somebody else was quicker
   * @throws what the database said
   */
  admit(person: Person): Promise<Row | undefined> {
    const { userId } = person;
    const already = this.#waiting.get(userId);
    if (already) return already.made.promise;
    const made = Promise.withResolvers<Row | undefined>();
    if (this.#waiting.size === 0) void pass().then(() => this.#write());
    this.#waiting.set(userId, { person, made });
    return made.promise;
  }

  #write(): void {
    const batch = [...this.#waiting.values()];
    this.#waiting = new Map();
    // Where one of them is at fault, each is tried alone.
    if (!this.#tryWrite(batch)) for (const one of batch) this.#tryWrite([one]);
  }

  /** @returns whether those who wait have been told */
  #tryWrite(batch: readonly Waiting<Row, Person>[]): boolean {
    const { find, insert, inTransaction } = this.#options;
    try {
      const known: (Row | undefined)[] = [];
      inTransaction(() => {
        for (const { person } of batch) {
          const row = find(person.userId);
          known.push(row);
          if (!row) insert(person);
        }
      });
      for (const [at, { made }] of batch.entries()) made.resolve(known[at]);
      return true;
    } catch (error) {
      // A database that is locked keeps everybody waiting for a while: not once for each of them.
      if (batch.length > 1 && !isOutage(error)) return false;
      for (const { made } of batch) made.reject(error);
      return true;
    }
  }
}
