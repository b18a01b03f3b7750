// Typing errors: a letter wrong, missing, too many, or two of them swapped.

/** Beginnings of words are filed up to this length. */
const MAX_STEM = 6;
const MIN_STEM = 4;

/** How many errors a word of this length may have. */
export function errorsAllowed(length: number): 0 | 1 | 2 {
  if (length < MIN_STEM) return 0;
  return length < 8 ? 1 : 2;
}

/** The beginnings of a word that it is found by when it is typed with an error. Numbers are no words. */
export function stemsOf(word: string): string[] {
  if (word.length < MIN_STEM - 1 || /[\p{N}\u{d800}-\u{dfff}]/u.test(word)) return [];
  if (word.length < MIN_STEM) return [word];
  const stems: string[] = [];
  for (let length = MIN_STEM; length <= Math.min(MAX_STEM, word.length); length++) stems.push(word.slice(0, length));
  return stems;
}

/** A stem, and what is left of it when one letter is missing. */
export function keysOf(stem: string): string[] {
  // Of so short a word nothing is left that would tell anything.
  if (stem.length < MIN_STEM) return [stem];
  const keys = new Set([stem]);
  for (let at = 0; at < stem.length; at++) keys.add(stem.slice(0, at) + stem.slice(at + 1));
  return [...keys];
}

/** The keys under which beginnings of what was meant are filed; none where errors are not looked for. */
export function keysOfTyped(typed: string): string[] {
  return errorsAllowed(typed.length) === 0 || /\p{N}/u.test(typed) ? [] : keysOf(typed.slice(0, MAX_STEM));
}

/** Of stems with a key in common with what was typed, those that are at most an error away, nearest first. */
export function nearest(typed: string, stems: readonly string[], count: number): string[] {
  const start = typed.slice(0, MAX_STEM);
  // A letter that is missing in so long a beginning pushes another one over its end.
  const most = start.length === MAX_STEM ? 2 : 1;
  return stems
    .map((stem) => ({ stem, errors: distance(start, stem, most) }))
    .filter(({ errors }) => errors <= most)
    .sort((a, b) => a.errors - b.errors || b.stem.length - a.stem.length || (a.stem < b.stem ? -1 : 1))
    .slice(0, count)
    .map(({ stem }) => stem);
}

/** The errors between two words; more than `most` come out as `most + 1`. */
function distance(typed: string, word: string, most: number): number {
  return compare(typed, word, most, false);
}

/** As `distance`, of what was typed so far and the beginning of a word. */
export function prefixDistance(typed: string, word: string, most: number): number {
  return compare(typed, word.slice(0, typed.length + most), most, true);
}

/** Optimal string alignment, one row at a time. */
function compare(typed: string, word: string, most: number, isPrefix: boolean): number {
  const width = word.length + 1;
  let before: number[] = [];
  let last: number[] = Array.from({ length: width }, (_, at) => at);
  for (let row = 1; row <= typed.length; row++) {
    const letter = typed.charCodeAt(row - 1);
    const next: number[] = [row];
    let least = row;
    for (let at = 1; at < width; at++) {
      const other = word.charCodeAt(at - 1);
      let cost = Math.min(
        (last[at] as number) + 1,
        (next[at - 1] as number) + 1,
        (last[at - 1] as number) + (letter === other ? 0 : 1),
      );
      const isSwapped = row > 1 && at > 1 && letter === word.charCodeAt(at - 2) && typed.charCodeAt(row - 2) === other;
      if (isSwapped) cost = Math.min(cost, (before[at - 2] as number) + 1);
      next.push(cost);
      if (cost < least) least = cost;
    }
    if (least > most) return most + 1;
    before = last;
    last = next;
  }
  return Math.min(most + 1, isPrefix ? Math.min(...last) : (last[width - 1] as number));
}
