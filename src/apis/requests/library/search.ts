import { pause } from "../../../runtime/clock";
import { fold } from "./folding";
import { match, type Wanted } from "./ranking";
import { keysOfTyped, nearest, stemsOf } from "./spelling";
import type { Filing, LibraryItem, LibraryStore, Title } from "./store";

/** What somebody puts into a library. */
export type NewItem = Pick<LibraryItem, "id" | "title" | "type" | "year" | "tmdbId">;

export interface Found {
  readonly id: string;
  readonly title: string;
  readonly type: string;
  readonly year: number | null;
  /** 0 to 1 */
  readonly match: number;
}

const MAX_RESULTS = 20;
/** What is compared at most for one question, so that none keeps the others waiting. */
const MAX_CANDIDATES = 200;
/** Of titles that begin so: the shortest are the best, and a year may choose among them. */
const MAX_BEGINNING = 40;
/** Items of one transaction, and beginnings of their words. */
const MAX_WRITTEN = 100;
const MAX_STEMS = 1_000;
const MAX_QUERY_WORDS = 8;
const MAX_TITLE_WORDS = 64;
/** Other spellings of one word. */
const MAX_SPELLINGS = 8;

/** Titles by what somebody has typed so far. */
export class Library {
  readonly #store: LibraryStore;

  constructor(store: LibraryStore) {
    this.#store = store;
  }

  /** Adds items, and replaces those with the same id. */
  async put(items: readonly NewItem[]): Promise<void> {
    let filings: Filing[] = [];
    let stems = 0;
    for (const item of items) {
      const filing = filingOf(item);
      filings.push(filing);
      stems += filing.stems.length;
      if (filings.length < MAX_WRITTEN && stems < MAX_STEMS) continue;
      await this.#store.put(filings);
      // The APIs share one thread: others have their turn in between. What was put before an outage is put again then.
      await pause(0);
      filings = [];
      stems = 0;
    }
    if (filings.length > 0) await this.#store.put(filings);
  }

  size(): Promise<number> {
    return this.#store.size();
  }

  /** At most 20, best first: the title, titles that begin so, titles with words that begin so, and with typing errors. */
  async find(query: string): Promise<Found[]> {
    const wanted = read(query);
    if (wanted.words.length === 0) return [];
    const hits = new Hits(wanted);
    const store = this.#store;
    const { words, compact, dated } = wanted;
    hits.add(await store.beginning(compact, MAX_BEGINNING));
    if (dated) {
      hits.add(await store.beginning(dated.compact, MAX_BEGINNING));
      hits.add(await store.having([...begun(dated.words), [`${dated.year}`]], MAX_CANDIDATES));
    }
    if (dated || hits.size < MAX_RESULTS) hits.add(await store.having(begun(words), MAX_CANDIDATES));
    if (hits.size < MAX_RESULTS) {
      const respelled = await this.#respelled(dated?.words ?? words);
      if (respelled) hits.add(await store.having(respelled, MAX_CANDIDATES));
    }
    return hits.best();
  }

  /** The words with the spellings that may have been meant; nothing where there are no others. */
  async #respelled(words: readonly string[]): Promise<string[][] | undefined> {
    const spellings: string[][] = [];
    let isNew = false;
    for (const [at, word] of begun(words).entries()) {
      const typed = words[at] ?? "";
      const stems = nearest(typed, await this.#store.spelled(keysOfTyped(typed)), MAX_SPELLINGS);
      isNew ||= stems.length > 0;
      spellings.push([...word, ...stems.map((stem) => `${stem}*`)]);
    }
    return isNew ? spellings : undefined;
  }
}

/** What was found, each once. */
class Hits {
  readonly #wanted: Wanted;
  readonly #byId = new Map<string, { item: Title; score: number }>();

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
  }

  get size(): number {
    return this.#byId.size;
  }

  add(items: readonly Title[]): void {
    for (const item of items) {
      if (this.#byId.has(item.id)) continue;
      const score = match(this.#wanted, item);
      if (score > 0) this.#byId.set(item.id, { item, score });
    }
  }

  best(): Found[] {
    return [...this.#byId.values()]
      .sort((a, b) => b.score - a.score || shorter(a.item, b.item) || (b.item.year ?? 0) - (a.item.year ?? 0))
      .slice(0, MAX_RESULTS)
      .map(({ item: { id, title, type, year }, score }) => ({
        id,
        title,
        type,
        year,
        match: Math.round(score * 100) / 100,
      }));
  }
}

function shorter(a: Title, b: Title): number {
  return a.compact.length - b.compact.length || (a.compact < b.compact ? -1 : a.compact > b.compact ? 1 : 0);
}

function read(query: string): Wanted {
  const folded = fold(query, MAX_QUERY_WORDS);
  const { compact } = folded;
  const words = [...new Set(folded.words)];
  const year = words.findLast((word) => /^(18[7-9]|19\d|20\d)\d$/.test(word));
  if (year === undefined || words.length === 1) return { words, compact };
  const others = words.filter((word) => word !== year);
  const rest = folded.words.filter((word) => word !== year).join("");
  return { words, compact, dated: { year: Number(year), words: others, compact: rest } };
}

/**
 * Words as beginnings of words. A single letter with others after it is the whole word: it begins so many that looking
 * for all of them would take long, and tell nothing.
 */
function begun(words: readonly string[]): string[][] {
  return words.map((word, at) => [word.length > 1 || at === words.length - 1 ? `${word}*` : word]);
}

function filingOf({ id, title, type, year, tmdbId }: NewItem): Filing {
  const { words, compact } = fold(title, MAX_TITLE_WORDS);
  const stems = words.flatMap(stemsOf);
  return { item: { id, title, type, year, tmdbId, words: words.join(" "), compact }, stems };
}
