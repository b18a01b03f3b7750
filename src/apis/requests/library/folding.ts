/** What is written differently and found all the same, as it is compared. */
export interface Folded {
  readonly words: readonly string[];
  /** The words without spaces: "Spider-Man" and "Spiderman" are the same then. */
  readonly compact: string;
}

/** Letters that no decomposition turns into their base letters. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
  ı: "i",
  ħ: "h",
};
const SPECIAL = new RegExp(`[${Object.keys(LETTERS).join("")}]`, "g");
/** Accents and the points of Hebrew and Arabic. The marks of other scripts are vowels, and stay. */
const ACCENTS = /[\p{M}&&[\p{sc=Inherited}\p{sc=Hebrew}\p{sc=Arabic}]]/gv;
const APOSTROPHES = /(?<=\p{L})['’ʼ`´](?=\p{L})/gu;
/** "S.H.I.E.L.D." */
const ACRONYMS = /(?<![\p{L}\p{N}])(?:\p{L}\.){2,}\p{L}?(?![\p{L}\p{N}])/gu;
/** Scripts without spaces between words: there every letter is a word of its own. Elsewhere, letters and digits. */
const WORDS =
  /[[\p{scx=Hani}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]&&\p{L}]\p{M}*|[[\p{L}\p{N}\p{M}]--[[\p{scx=Hani}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]&&\p{L}]]+/gv;
const MAX_WORD = 32;

/** The first `maxWords` words of a text, without case, accents and punctuation. */
export function fold(text: string, maxWords: number): Folded {
  const plain = text
    .toWellFormed()
    .toLowerCase()
    .normalize("NFKD")
    .replace(ACCENTS, "")
    .replace(SPECIAL, (letter) => LETTERS[letter] ?? letter)
    .replace(APOSTROPHES, "")
    .replace(ACRONYMS, (letters) => letters.replaceAll(".", ""))
    .replaceAll("&", " and ");
  const words = (plain.match(WORDS) ?? []).slice(0, maxWords).map((word) => word.slice(0, MAX_WORD).toWellFormed());
  return { words, compact: words.join("") };
}
