const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

/** A secret in a sentence, and what stands around it. */
export interface Told {
  readonly before: string;
  readonly secret: string | undefined;
  readonly after: string;
}

/**
 * Finds what has to be copied now, because nobody is shown it a second time: a long word of letters and figures that is
 * no id of ours, no address and no ordinary word.
 */
export function findSecret(sentence: string): Told {
  for (const { 0: word, index } of sentence.matchAll(/[\w-]+(?:\.[\w-]+)*/g)) {
    if (word.length < 20 || UUID.test(word) || !/\d/.test(word) || !/[a-z]/i.test(word)) continue;
    return { before: sentence.slice(0, index), secret: word, after: sentence.slice(index + word.length) };
  }
  return { before: sentence, secret: undefined, after: "" };
}
