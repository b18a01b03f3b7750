import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Library } from "../src/apis/requests/library/search";
import { LibraryStore } from "../src/apis/requests/library/store";
import { openStore } from "../src/store/database";
import { percentile, type Table } from "./figures";
import type { Scenario } from "./scenario";
import { random, titles } from "./titles";

/** Items of one call. */
const CALL = 1_000;
const MAX_PREFIX = 8;
/** Long enough to be mistyped. */
const MIN_TYPO = 5;
/** Before anything is measured. */
const WARM_UP = 50;
const LETTERS = "abcdefghijklmnopqrstuvwxyz";

interface Question {
  readonly text: string;
  /** A title that must be among the results; undefined where twenty others may be as good. */
  readonly wanted?: string;
}

const TITLES = 100_000;
const QUESTIONS = 1_000;
/** Of a short run. */
const FEW = 50;

/** Instant search within one process: there is no other server to compare it with. */
export const search: Scenario = {
  summary: "instant search in a library of 100,000 titles: prefixes of 1 to 8 letters and typing errors",
  steps: () => 1 + MAX_PREFIX + 2,
  async run({ quick }, progress) {
    const folder = mkdtempSync(join(tmpdir(), "headend-bench-"));
    const store = await openStore(folder);
    try {
      const library = new Library(new LibraryStore(store));
      const all = titles(quick ? TITLES / 10 : TITLES);
      progress.step("search: putting titles in");
      const writtenMs = await fill(library, all);
      const next = random(7);
      const pick = () => all[Math.floor(next() * all.length)] as string;
      const rows: Table["rows"][number][] = [];
      const faults: string[] = [];
      for (const [label, make, least] of kinds(pick, next)) {
        progress.step(`search: ${label}`);
        const questions = Array.from({ length: quick ? FEW : QUESTIONS }, make);
        const { times, cpu, found } = await ask(library, questions);
        const figures = [times, cpu].flatMap((each) => [percentile(each, 0.5), percentile(each, 0.99)]);
        rows.push({ name: label, label, figures, digits: 2 });
        if (found < least) faults.push(`${label}: found what was wanted in ${(found * 100).toFixed(1)} of 100 cases`);
      }
      const perThousand = (writtenMs / all.length) * 1_000;
      const size = (store.sizeBytes() / 2 ** 20).toFixed(1);
      const load = `${QUESTIONS} questions of each kind to ${all.length} generated titles, answers in ms`;
      const notes = [`${perThousand.toFixed(0)} ms per 1000 titles put in, ${size} MB`];
      const columns = ["p50", "p99", "CPU p50", "CPU p99"];
      return [{ title: "search", load, columns, rows, targets: [], faults, notes }];
    } finally {
      store.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function fill(library: Library, all: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  for (let at = 0; at < all.length; at += CALL) {
    const items = all.slice(at, at + CALL);
    await library.put(items.map((title, n) => ({ id: `${at + n}`, title, type: "movie", year: null, tmdbId: null })));
  }
  return performance.now() - startedAt;
}

/** What is asked, and how often at least the answer must be right. */
function kinds(pick: () => string, next: () => number): [label: string, make: () => Question, least: number][] {
  const prefixes = Array.from({ length: MAX_PREFIX }, (_, at): [string, () => Question, number] => {
    const length = at + 1;
    const label = `prefix of ${length} letter${length > 1 ? "s" : ""}`;
    return [label, () => ({ text: pick().toLowerCase().slice(0, length) }), 1];
  });
  const whole = () => {
    const wanted = pick();
    return { text: wanted.toLowerCase(), wanted };
  };
  const typo = (): Question => {
    for (;;) {
      const wanted = pick();
      const words = wanted.toLowerCase().split(" ");
      const at = words.findIndex((word) => word.length >= MIN_TYPO);
      if (at === -1) continue;
      words[at] = mistype(words[at] as string, next);
      return { text: words.join(" "), wanted };
    }
  };
  // A typing error can make another word.
  return [...prefixes, ["whole title", whole, 1], ["one letter wrong", typo, 0.95]];
}

/** A letter missing, too many, wrong, or swapped with the next one. */
function mistype(word: string, next: () => number): string {
  const at = Math.floor(next() * word.length);
  const [before, rest] = [word.slice(0, at), word.slice(at + 1)];
  const letter = LETTERS[Math.floor(next() * LETTERS.length)] as string;
  const kind = Math.floor(next() * 4);
  if (kind === 0) return before + rest;
  if (kind === 1) return before + letter + word.slice(at);
  if (kind === 2) return before + letter + rest;
  return before + rest.slice(0, 1) + word.charAt(at) + rest.slice(1);
}

/** The processor's time tells more than the clock's where others keep the machine busy. */
async function ask(library: Library, questions: readonly Question[]) {
  for (const { text } of questions.slice(0, WARM_UP)) await library.find(text);
  const times: number[] = [];
  const cpu: number[] = [];
  let found = 0;
  for (const { text, wanted } of questions) {
    const [startedAt, before] = [performance.now(), process.cpuUsage()];
    const results = await library.find(text);
    times.push(performance.now() - startedAt);
    const { user, system } = process.cpuUsage(before);
    cpu.push((user + system) / 1_000);
    if (wanted === undefined ? results.length > 0 : results.some(({ title }) => title === wanted)) found++;
  }
  return { times, cpu, found: found / questions.length };
}
