import type { Random } from "../random";

/** What no honest client sends, and some of what one might, as JSON can carry it. */
const STRINGS = [
  "",
  " ",
  "0",
  "null",
  "true",
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "' OR 1=1 --",
  '"); DROP TABLE accounts; --',
  "../../etc/passwd",
  "%00",
  "\u0000",
  "\r\n{}\r\n",
  "\u001b[2J",
  "\u202egnp.exe",
  "\u200b",
  "\ud800",
  "\udc00\ud800",
  "e\u0301\u0301\u0301",
  "\ufeff",
  "<script>alert(1)</script>",
  "{{7*7}}",
  "2024-01-20T10:30:00Z",
  "-1",
  "1e999",
  "NaN",
  "user:witness",
  "\0default\0",
  "default\0stream_qwe456",
  "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}",
];
const NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.1,
  0.5,
  1.0000001,
  100,
  100.5,
  255,
  2 ** 31,
  -(2 ** 31),
  2 ** 32,
  2 ** 53,
  2 ** 53 + 2,
  -(2 ** 53),
  1e21,
  1e308,
  -1e308,
  5e-324,
  1767225600000,
];
const KEYS = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "length",
  "then",
  "toJSON",
  "",
  "0",
  "_placeholder",
  "num",
];
const LENGTHS = [63, 64, 65, 127, 128, 129, 500, 501, 2_000, 2_001, 10_000];

export function anyString(random: Random): string {
  if (random.isLikely(0.7)) return random.of(STRINGS);
  const unit = random.of(["x", "\u20ac", "\u{1f600}", " ", "\n", "a\u0301", "9", "\\", '"']);
  return unit.repeat(random.of(LENGTHS));
}

export function anyNumber(random: Random): number {
  return random.isLikely(0.8) ? random.of(NUMBERS) : (random.next() - 0.5) * 10 ** random.whole(0, 20);
}

/** Anything that JSON can say. */
export function anyValue(random: Random, depth = 0): unknown {
  const kind = random.whole(0, depth > 3 ? 4 : 8);
  if (kind <= 1) return anyString(random);
  if (kind === 2) return anyNumber(random);
  if (kind === 3) return random.isLikely(0.5);
  if (kind === 4) return null;
  if (kind <= 6) return Array.from({ length: random.whole(0, 4) }, () => anyValue(random, depth + 1));
  return anyObject(random, depth);
}

function anyObject(random: Random, depth: number): unknown {
  const entries = Array.from({ length: random.whole(0, 4) }, (): [string, unknown] => [
    random.isLikely(0.5) ? random.of(KEYS) : anyString(random).slice(0, 40),
    anyValue(random, depth + 1),
  ]);
  return Object.fromEntries(entries);
}

/** The text of JSON as no serializer would write it: legal as a rule, and now and then just not. */
export function oddJson(random: Random): string {
  const kind = random.whole(0, 12);
  const depth = random.of([2, 10, 100, 1_000, 5_000]);
  switch (kind) {
    case 0:
      return `${"[".repeat(depth)}${"]".repeat(depth)}`;
    case 1:
      return `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
    case 2:
      return random.of(["1e999", "-1e999", "1e-999", "-0", "0.1e+1", `${"9".repeat(400)}`, `0.${"0".repeat(400)}1`]);
    case 3:
      return `{"__proto__":${JSON.stringify(anyValue(random))},"a":1,"a":2}`;
    case 4:
      return `{"constructor":{"prototype":{"polluted":true}},"__proto__":{"polluted":true}}`;
    case 5:
      return `"\\ud800\\u0000\\u202e${"\\u0041".repeat(random.whole(0, 50))}"`;
    case 6:
      return ` \t\n\r${JSON.stringify(anyValue(random))} \t\n\r`;
    case 7:
      return `[${Array(random.whole(0, 2_000)).fill("null").join()}]`;
    case 8:
      return `{${Array.from({ length: random.whole(0, 500) }, (_, n) => `"k${n}":${n}`).join()}}`;
    case 9:
      return random.of([
        "",
        "undefined",
        "NaN",
        "Infinity",
        "{a:1}",
        "'x'",
        "01",
        "[1,]",
        "{",
        '"',
        "[1}",
        "\ufeff{}",
        "//",
      ]);
    case 10:
      return `{"_placeholder":true,"num":${random.of(["0", "-1", '"splice"', "1e9", "null"])}}`;
    default:
      return JSON.stringify(anyValue(random));
  }
}
