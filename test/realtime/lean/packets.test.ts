import { expect, test } from "bun:test";
import fc from "fast-check";
import { Server } from "socket.io";
import { type Decoder, decode, heading, isBinary, type Packet } from "../../../src/realtime/lean/packets";

const { _parser } = new Server() as unknown as { _parser: { Decoder: new () => Decoder } };
const stock = new _parser.Decoder();

type Reading = Packet | "none";

function read(reading: () => Packet): Reading {
  try {
    return reading();
  } catch {
    return "none";
  }
}

/** The same as Socket.IO's own decoder reads, whatever it is. */
function expectSame(text: string): void {
  const ours = read(() => decode(text, stock));
  const theirs = text === "" ? "none" : read(() => stock.decodeString(text));
  expect([text, ours]).toEqual([text, theirs]);
}

test.each([
  ["2[]"],
  ['2["a"]'],
  ['2["a",{"b":[1,null,"\u20ac"]}]'],
  ['212["a"]'],
  ['2/custom,["a"]'],
  ['2/custom,7["a"]'],
  ['2/custom["a"]'],
  ["2/custom,"],
  ["2/"],
  ["2/,"],
  ['2/,["a"]'],
  ['2 1["a"]'],
  ['2-1["a"]'],
  ['21.5["a"]'],
  ['21e5["a"]'],
  ['2012["a"]'],
  ['2999999999999999["a"]'],
  ['29999999999999999["a"]'],
  ['299999999999999999999999["a"]'],
  ["2"],
  ["21"],
  ["2[1]"],
  ["2[{}]"],
  ['2["connect"]'],
  ['2["disconnect"]'],
  ['2["newListener"]'],
  ['2["a"'],
  ['2["a"]x'],
  ["2{}"],
  ['2"a"'],
  ["2null"],
  ["3[]"],
  ["31[]"],
  ["31{}"],
  ["0"],
  ["0{}"],
  ['0/a,{"b":1}'],
  ["1"],
  ["1[]"],
  ["4"],
  ["7"],
  ["abc"],
  [""],
  ['2/__proto__,["a"]'],
  ['2["__proto__"]'],
])("%s is read as Socket.IO reads it", (text) => {
  expectSame(text);
});

test("so is whatever comes", () => {
  const part = fc.constantFrom(
    ...[
      "2",
      "3",
      "0",
      "1",
      "4",
      "/",
      "/a",
      ",",
      "[",
      "]",
      '"',
      "{",
      "}",
      '"a"',
      "12",
      " ",
      "-",
      ".",
      "e",
      "null",
      "connect",
    ],
  );
  const made = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(""));
  const event = fc
    .tuple(fc.constantFrom("", "/a,", "/a/b,"), fc.constantFrom("", "0", "17"), fc.array(fc.jsonValue()))
    .map(([namespace, id, data]) => `2${namespace}${id}${JSON.stringify(data)}`);
  fc.assert(fc.property(fc.oneof(made, event, fc.string({ unit: "binary" })), expectSame), { numRuns: 800 });
});

test("attachments are told apart, and headings are those of Socket.IO", () => {
  expect(isBinary(decode('51-["a",{"_placeholder":true,"num":0}]', stock))).toBe(true);
  expect(isBinary(decode('61-1["a"]', stock))).toBe(true);
  expect(isBinary(decode('2["a"]', stock))).toBe(false);
  expect([heading(2, "/"), heading(3, "/custom")]).toEqual(["2", "3/custom,"]);
});
