/** Shorter than any of ours: keys have 46, tokens more. */
const SHORTEST = 24;

/** A secret in a sentence, and what stands around it. */
export interface Told {
  readonly before: string;
  readonly secret: string | undefined;
  readonly after: string;
}

/**
 * Finds what has to be copied now, because nobody is shown it a second time: a long word of small and large
 * letters and figures. Ids have no such mixture, or are known to the page already.
 *
 * @param known what the page shows anyway: the values of the row, and what was filled in
 */
export function findSecret(sentence: string, known: readonly unknown[] = []): Told {
  for (const { 0: word, index } of sentence.matchAll(/[\w-]+(?:\.[\w-]+)*/g)) {
    if (word.length < SHORTEST || !/\d/.test(word) || !/[a-z]/.test(word) || !/[A-Z]/.test(word)) continue;
    if (known.some((value) => typeof value === "string" && value.includes(word))) continue;
    return { before: sentence.slice(0, index), secret: word, after: sentence.slice(index + word.length) };
  }
  return { before: sentence, secret: undefined, after: "" };
}
