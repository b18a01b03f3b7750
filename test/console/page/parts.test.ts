import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { bytes, clock, compact, duration, number, relative, shortened } from "../../../src/console/page/desk/format";
import { hrefOf, readRoute } from "../../../src/console/page/desk/route";
import { tokenIn } from "../../../src/console/page/desk/session";
import { found } from "../../../src/console/page/events/chosen";
import { formsOf } from "../../../src/console/page/events/schema";
import { passes } from "../../../src/console/page/log/filter";
import { columnsOf, lately, refusalsIn, smoothed } from "../../../src/console/page/overview/series";
import { offersFor } from "../../../src/console/page/panel/offered";
import { findSecret } from "../../../src/console/page/panel/secret";
import { sorted } from "../../../src/console/page/parts/order";
import { exampleFor, firstEvent, joinFor, payloadOf } from "../../../src/console/page/try/fill";
import { preview } from "../../../src/console/page/try/preview";
import type { ApiContract, EventInfo, Figures, LogLine, NamespaceInfo } from "../../../src/console/wire";

const MINUTE = 60_000;
const NOW = Date.parse("2026-11-21T12:00:00.000Z");

describe("figures and times as people read them", () => {
  test("numbers, sizes, durations, how long ago", () => {
    expect([0, 0.034, 1.26, 12.3456, 123.4, 1_234_567].map(number)).toEqual([
      "0",
      "0.03",
      "1.3",
      "12.3",
      "123",
      "1,234,567",
    ]);
    expect([9_999, 12_345, 4_200_000].map(compact)).toEqual(["9,999", "12.3K", "4.2M"]);
    expect([0, 1_023, 1_024, 5 * 1024 ** 3, 1024 ** 6].map(bytes)).toEqual([
      "0 B",
      "1,023 B",
      "1 KB",
      "5 GB",
      "1,048,576 TB",
    ]);
    expect([0.4, 8, 61, 3_600, 93_784].map(duration)).toEqual(["0 s", "8 s", "1 min 1 s", "1 h", "1 d 2 h"]);
    const ago = [0, -8_000, -3 * MINUTE, 90 * MINUTE, -50 * 60 * MINUTE].map((ms) => relative(NOW + ms, NOW));
    expect(ago).toEqual(["now", "8 s ago", "3 min ago", "in 1 h", "2 d ago"]);
    expect(relative(NOW - 400 * 1440 * MINUTE, NOW)).toContain("2025");
    expect(clock(NOW)).toMatch(/^\d\d:\d\d:00\.000$/);
    expect(shortened("01a1fd6b-78aa-7000-8000-0123452e97a2")).toBe("01a1fd6b-78…2e97a2");
  });

  test("any number is some text without NaN", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: 0, max: 1e15 }), (value) => {
        for (const text of [number(value), compact(value), bytes(value), duration(value)]) {
          expect(text).not.toMatch(/NaN|undefined/);
        }
      }),
    );
  });
});

test("addresses are read as they are written", () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, maxLength: 20 }),
      fc.string({ minLength: 1, maxLength: 20 }),
      (part, value) => {
        const href = hrefOf("panel", [part, "x"], { search: value, empty: "" });
        const { page, parts, query } = readRoute("/", href.slice(1));
        expect([page, parts, [...query]]).toEqual(["panel", [part, "x"], [["search", value]]]);
      },
    ),
  );
  expect(readRoute("/", "").page).toBe("overview");
  expect(readRoute("/docs/events", "#live").page).toBe("events");
  expect(readRoute("/", "#/panel/%E0%A4%A").parts).toEqual(["%E0%A4%A"]);
  expect([tokenIn("#token=abc"), tokenIn("#/log"), tokenIn("#token="), tokenIn("")]).toEqual([
    "abc",
    undefined,
    undefined,
    undefined,
  ]);
});

test("secrets are found in a sentence; ids, names and addresses are none", () => {
  const found = (text: string) => findSecret(text).secret;
  expect(findSecret("The key is hk_7Qm2v9XcR4tLz8WnB5yKd1: keep it")).toEqual({
    before: "The key is ",
    secret: "hk_7Qm2v9XcR4tLz8WnB5yKd1",
    after: ": keep it",
  });
  expect(found("A token: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1MSJ9.c2ln.")).toBe(
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1MSJ9.c2ln",
  );
  for (const text of [
    "user_xyz789 is banned for good",
    "The job 01a1fd6b-78aa-7000-8000-0123452e97a2 is cancelled",
    "msg_01a1fd6b-78aa-7000-8000-0123452e97a2 is deleted",
    "demo_couchpotato9000_the_second is an admin now",
    "2026-11-21 was long ago",
  ]) {
    expect([text, found(text)]).toEqual([text, undefined]);
  }
  // What the row shows is known.
  expect(
    findSecret("CouchPotato9000andHisFriends is gone", [null, "CouchPotato9000andHisFriends"]).secret,
  ).toBeUndefined();
});

test("a payload's fields in words: names, kinds, bounds, what may be left out, and its forms", () => {
  const id = {
    anyOf: [{ type: "string" }, { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 }],
    minLength: 1,
    maxLength: 128,
  };
  expect(
    formsOf({
      type: "object",
      required: ["id", "list"],
      properties: {
        id,
        rating: { type: "integer", minimum: 1, maximum: 5 },
        kind: { enum: ["a", "b"] },
        list: { type: "array", maxItems: 9, items: { type: "object", properties: { prompt: { type: "string" } } } },
        note: { anyOf: [{ type: "string" }, { type: "null" }] },
      },
    }),
  ).toEqual([
    [
      { path: "id", type: "text or whole number", isRequired: true, notes: "1 to 128 characters" },
      { path: "rating", type: "whole number", isRequired: false, notes: "1 to 5" },
      { path: "kind", type: '"a" or "b"', isRequired: false, notes: "" },
      { path: "list", type: "list of object", isRequired: true, notes: "at most 9 entries" },
      { path: "list[].prompt", type: "text", isRequired: false, notes: "" },
      { path: "note", type: "text or null", isRequired: false, notes: "" },
    ],
  ]);
  const forms = formsOf({
    oneOf: [
      { type: "object", properties: { enabled: { const: true } } },
      { type: "object", properties: { enabled: { const: false } } },
    ],
  });
  expect(forms.map(([line]) => line?.type)).toEqual(["true", "false"]);
  expect(formsOf({ type: "string" })).toEqual([[{ path: "", type: "text", isRequired: true, notes: "" }]]);
  expect(formsOf(undefined)[0]?.[0]?.type).toBe("anything");
});

const event = (name: string, example: unknown): EventInfo => ({
  event: name,
  summary: `about ${name}`,
  example,
  schema: {},
});
const CHAT: NamespaceInfo = {
  name: "/",
  access: "anyone",
  receives: [
    event("authenticate", { token: "t" }),
    event("chat:join", { stream_id: "s", user_id: "u", username: "U" }),
    event("chat:message", { stream_id: "s", message: "Hi", user_id: "u", username: "U" }),
    event("stream:subscribe", { stream_id: "s" }),
    event("ping", undefined),
  ],
  sends: [event("chat:message", { message: "Hi" })],
};

test("the try-it page begins with what joins, speaks for its own user, and knows what comes first", () => {
  const [, join, message, , ping] = CHAT.receives;
  if (!join || !message || !ping) throw new Error("not there");
  expect(firstEvent(CHAT, "authenticate")?.event).toBe("chat:join");
  expect(JSON.parse(exampleFor(message, "me"))).toEqual({
    stream_id: "s",
    message: "Hi",
    user_id: "me",
    username: "me",
  });
  expect(JSON.parse(exampleFor(message, "u"))).toMatchObject({ user_id: "u", username: "U" });
  expect(JSON.parse(exampleFor(message, ""))).toMatchObject({ user_id: "u" });
  expect([joinFor(CHAT, message)?.event, joinFor(CHAT, join), joinFor(CHAT, ping)]).toEqual([
    "chat:join",
    undefined,
    undefined,
  ]);
  expect([exampleFor(ping, "me"), payloadOf(" "), payloadOf('{"a":1}')]).toEqual(["", [], [{ a: 1 }]]);
  expect(() => payloadOf("{")).toThrow(SyntaxError);
  expect(preview({ message_id: "m", message: "Hi", timestamp: "t" })).toBe(
    'message "Hi"  message_id "m"  timestamp "t"',
  );
  expect(preview(undefined)).toBe("nothing");
});

test("a search of the reference leaves what speaks of every word", () => {
  const api: ApiContract = { name: "live", title: "", url: "", path: "", signInEvent: null, namespaces: [CHAT] };
  const names = (search: string) =>
    found([api], search).flatMap(({ namespaces }) =>
      namespaces.flatMap(({ receives, sends }) => [receives.length, sends.length]),
    );
  expect([names(""), names("MESSAGE chat"), names("chat nobody"), names("live")]).toEqual([[5, 1], [1, 1], [], [5, 1]]);
});

test("the log's filter takes level, API and text of message and fields", () => {
  const line: LogLine = {
    id: "1",
    time: "",
    level: "warn",
    api: "live",
    message: "Slow disk",
    fields: { userId: "ann" },
  };
  const filter = { level: "debug", api: "", text: "" } as const;
  expect([
    passes(line, filter),
    passes(line, { ...filter, level: "error" }),
    passes(line, { ...filter, api: "studio" }),
    passes(line, { ...filter, text: "slow" }),
    passes(line, { ...filter, text: "ANN" }),
    passes(line, { ...filter, text: "bob" }),
  ]).toEqual([true, false, false, true, true, false]);
});

test("rows sort by number or by word, empty ones last, and the server's order comes back", () => {
  const rows = [3, null, 20, 1].map((n, at) => ({ id: String(at), n, word: ["b10", "b9", "", "a"][at] ?? null }));
  const ids = (key: string, way: "ascending" | "descending") =>
    sorted(rows, { key, way })
      .map(({ id }) => id)
      .join("");
  expect([ids("n", "ascending"), ids("n", "descending"), ids("word", "ascending")]).toEqual(["3021", "2031", "3102"]);
  expect(sorted(rows, undefined)).toBe(rows);
});

test("only what fits a row is offered", () => {
  const action = (name: string, more: object) => ({ name, title: name, fields: [], ...more });
  const actions = [
    action("always", {}),
    action("new", { isForNone: true }),
    action("enable", { offeredFor: { key: "state", values: ["disabled"] } }),
    action("open", { offeredFor: { key: "open", values: [false] } }),
  ];
  const names = (row: object) => offersFor(actions, { id: "1", ...row }).map(({ name }) => name);
  expect(names({ state: "disabled", open: true })).toEqual(["always", "enable"]);
  expect(names({ state: "active", open: false })).toEqual(["always", "open"]);
  expect(names({})).toEqual(["always"]);
});

test("charts break where nothing was measured, smooth over five looks, and count what was refused", () => {
  const look = (at: number, cpu: number, refusals = {}) => ({ at, cpu, refusals, apis: [] }) as unknown as Figures;
  const history = [look(1_000, 1, { a: 1 }), look(2_000, 3, { a: 2, b: 5 }), look(60_000, 5, { c: 0 })];
  const line = { label: "cpu", colour: 1, read: ({ cpu }: Figures) => cpu };
  expect(columnsOf(history, [line])).toEqual([
    [1, 2, 2.001, 60],
    [1, 3, null, 5],
  ]);
  expect(history.map(smoothed(line, history).read)).toEqual([1, 2, 3]);
  expect(refusalsIn(history)).toEqual([
    ["b", 5],
    ["a", 3],
  ]);
  expect(lately(history, 10_000)).toEqual([look(60_000, 5, { c: 0 })]);
  expect(lately([], 10_000)).toEqual([]);
});
