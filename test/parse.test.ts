import { expect, test } from "bun:test";
import fc from "fast-check";
import * as v from "valibot";
import { parse } from "../src/parse";
import { clean, id, line } from "../src/realtime/fields";
import { Refusal } from "../src/refusal";

// Short cuts of what every event goes through, against the long way.

const amount = v.pipe(v.number(), v.minValue(0));
const VARIANTS = {
  usual: v.variant("type", [
    v.object({ type: v.literal("tv"), episodeId: v.string(), time: amount }),
    v.object({ type: v.literal("movie"), movieId: v.string(), time: amount }),
  ]),
  "two of a kind": v.variant("type", [
    v.object({ type: v.literal("tv"), episodeId: v.string() }),
    v.object({ type: v.literal("tv"), movieId: v.string() }),
  ]),
  "one of several kinds": v.variant("type", [
    v.object({ type: v.picklist(["tv", "radio"]), episodeId: v.string() }),
    v.object({ type: v.literal("movie"), movieId: v.string() }),
  ]),
};

type Outcome = { value: unknown } | { field: string | undefined };

function outcomeOf(work: () => unknown): Outcome {
  try {
    return { value: work() };
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal);
    return { field: (error as Refusal).field };
  }
}

test.each(Object.entries(VARIANTS))("a variant (%s) comes to what valibot makes of it", (_, schema) => {
  const input = fc.record(
    {
      type: fc.constantFrom<unknown>("tv", "movie", "radio", "x", 1, null, undefined),
      episodeId: fc.oneof(fc.string(), fc.integer()),
      movieId: fc.oneof(fc.string(), fc.integer()),
      time: fc.oneof(fc.double(), fc.string()),
      more: fc.anything(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(input, fc.jsonValue()), (given) => {
      const long = v.safeParse(schema, given, { abortEarly: true });
      const short = outcomeOf(() => parse(schema, given));
      if (Array.isArray(given)) expect(short).toEqual({ field: "payload" });
      else if (long.success) expect(short).toEqual({ value: long.output });
      else expect(short).toEqual({ field: v.getDotPath(long.issues[0]) ?? "payload" });
    }),
    { numRuns: 500 },
  );
});

test("the kind of an input is its own, whatever its prototype says", () => {
  const given = Object.assign(Object.create({ type: "tv" }), { episodeId: "1", time: 1 });
  expect(outcomeOf(() => parse(VARIANTS.usual, given))).toEqual(
    outcomeOf(() => parse(v.object({ type: v.literal("tv"), episodeId: v.string(), time: amount }), given)),
  );
});

/** As `clean`, for whatever there is. */
function cleaned(text: string): string {
  const hidden =
    // biome-ignore lint/suspicious/noControlCharactersInRegex: as in the program
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g;
  return text.toWellFormed().replace(hidden, "").normalize("NFC").trim();
}

test("plain text is clean as it is, and no other text is taken for plain", () => {
  const odd = fc.constantFrom("\u0000", "\u200e", "e\u0301", "\ud800", " ", "\t", "\n", "\u00a0", "\u2028", "~", "!");
  const text = fc.array(fc.oneof(fc.string({ maxLength: 3 }), odd), { maxLength: 6 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, (given) => {
      expect(clean(given)).toBe(cleaned(given));
    }),
    { numRuns: 1_000 },
  );
});

test("a length is counted in characters, as people count them", () => {
  const short = line(1, 4);
  for (const given of ["a", "abcd", "\u{1f600}\u{1f600}\u{1f600}\u{1f600}", "  abcd  "]) {
    expect([given, v.is(short, given)]).toEqual([given, true]);
  }
  for (const given of ["", " ", "abcde", "\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}", "\u200e"]) {
    expect([given, v.is(short, given)]).toEqual([given, false]);
  }
  expect(parse(id(), "x".repeat(128))).toHaveLength(128);
  expect(outcomeOf(() => parse(id(), "x".repeat(129)))).toEqual({ field: "payload" });
});
