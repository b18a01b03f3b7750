import { errorsAllowed, prefixDistance } from "./spelling";

/** What is looked for. */
export interface Wanted {
  readonly words: readonly string[];
  readonly compact: string;
  /** A year among the words, and the others. */
  readonly dated?: { readonly year: number; readonly words: readonly string[]; readonly compact: string } | undefined;
}

/** What of a title is compared. */
export interface Titled {
  /** With spaces between them. */
  readonly words: string;
  readonly compact: string;
  readonly year: number | null;
}

/** The right title of another year. */
const OTHER_YEAR = 0.8;

/**
 * How well a title is what is looked for: 1 is the title itself, 0.9 and more begins with it, 0.6 and more has the words
 * or words that begin so, less has them with typing errors; 0 is something else.
 */
export function match({ dated, ...wanted }: Wanted, item: Titled): number {
  const words = item.words.split(" ");
  if (item.year !== null) words.push(`${item.year}`);
  if (!dated) return compare(wanted, item.compact, words);
  // As a part of the title ("Blade Runner 2049"), or as its year.
  const asTitle = compare(wanted, item.compact, words);
  const asYear = compare(dated, item.compact, words) * (item.year === dated.year ? 1 : OTHER_YEAR);
  return Math.max(asTitle, asYear);
}

function compare(wanted: Pick<Wanted, "words" | "compact">, compact: string, words: readonly string[]): number {
  const share = Math.min(1, wanted.compact.length / compact.length);
  if (compact.startsWith(wanted.compact)) return share === 1 ? 1 : 0.9 + 0.09 * share;
  let errors = 0;
  for (const typed of wanted.words) {
    const found = errorsIn(typed, words);
    if (found === undefined) return 0;
    errors += found;
  }
  if (errors === 0) return 0.6 + 0.29 * share;
  return 0.2 + 0.39 * share * (1 - errors / wanted.compact.length);
}

/** The fewest errors with which something typed begins one of the words; nothing where that takes too many. */
function errorsIn(typed: string, words: readonly string[]): number | undefined {
  if (words.some((word) => word.startsWith(typed))) return 0;
  const most = errorsAllowed(typed.length);
  let least = most + 1;
  for (const word of words) {
    if (least <= 1) break;
    if (word.length < typed.length - most) continue;
    least = Math.min(least, prefixDistance(typed, word, Math.min(most, least - 1)));
  }
  return least > most ? undefined : least;
}
