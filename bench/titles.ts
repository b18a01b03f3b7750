/** What is written down again for the same seed: xorshift, good enough to choose words by. */
export function random(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const ONSETS = "b c d f g h j k l m n p r s t v w st tr br gr cl fl sh th ch pr dr".split(" ");
const NUCLEI = "a e i o u ea ou ai io".split(" ");
const CODAS = ["", "", "n", "r", "s", "l", "m", "t", "nd", "st", "ck"];
const SMALL = ["the", "of", "a", "and", "in", "to"];

/**
 * Titles like those of a large library: one to five words, a third of them with a small word in front, of a vocabulary in
 * which some words are in very many titles and most in few.
 */
export function titles(count: number, next = random(20_260_101)): string[] {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  const syllable = () => pick(ONSETS) + pick(NUCLEI) + pick(CODAS);
  const vocabulary = Array.from({ length: Math.ceil(count * 0.4) }, () =>
    Array.from({ length: 1 + Math.floor(next() * 3) }, syllable).join(""),
  );
  // The cube makes the first words common and the last ones rare.
  const word = () => vocabulary[Math.floor(next() ** 3 * vocabulary.length)] as string;
  return Array.from({ length: count }, () => {
    const words = Array.from({ length: 1 + Math.floor(next() * 4) }, word);
    if (next() < 0.33) words.unshift(pick(SMALL));
    if (next() < 0.2) words.splice(1, 0, pick(SMALL));
    return words.map((each) => each.charAt(0).toUpperCase() + each.slice(1)).join(" ");
  });
}
