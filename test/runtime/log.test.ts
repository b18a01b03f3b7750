import { expect, test } from "bun:test";
import fc from "fast-check";
import { LOG_LEVELS, type LogLevel, openLog } from "../../src/runtime/log";
import type { LogRecord } from "../../src/runtime/tail";

function opened(level: LogLevel = "info") {
  const texts: string[] = [];
  return { texts, log: openLog(level, { write: (line) => texts.push(line) }) };
}

const SECRETS = [
  "token",
  "password",
  "authorization",
  "cookie",
  "secret",
  "accessToken",
  "apiKey",
  "api_key",
  "X-API-Key",
  "Set-Cookie",
  "PASSWORD",
  "app_secret",
  "HEADEND_JWT_SECRET",
  "refresh-token",
  "auth",
  "credentials",
];

test.each(SECRETS)("what is logged as %s is never written, on its own or inside of something", (name) => {
  const { texts, log } = opened();
  log.info({ [name]: "s3cr3t" }, "alone");
  log.info({ user: { id: "u1", [name]: "s3cr3t" } }, "inside");
  log.info({ [name]: { value: "s3cr3t" } }, "more than a word");
  log.error({ err: Object.assign(new Error("no"), { [name]: "s3cr3t" }) }, "on an error");
  expect(texts).toHaveLength(4);
  expect(texts.join("")).not.toContain("s3cr3t");
  expect(texts.map((text) => text.includes("[redacted]"))).not.toContain(false);
  expect(JSON.parse(texts[1] ?? "")).toMatchObject({ user: { id: "u1", [name]: "[redacted]" } });
});

test("a line is one line of JSON, whatever a client sends", () => {
  const { texts, log } = opened();
  const evil = 'a\r\n{"level":"fatal"}\u001b[31m\u2028\u0000\ud800';
  log.info({ userId: evil, [evil]: evil }, evil);
  expect(texts).toHaveLength(1);
  for (const sign of ["\r", "\n", "\u001b", "\u0000"]) expect(texts[0]?.slice(0, -1)).not.toContain(sign);
  expect(JSON.parse(texts[0] ?? "")).toMatchObject({
    level: "info",
    msg: expect.stringContaining('{"level":"fatal"}'),
  });
});

test("a line has a level in words and the time in ISO 8601, and nothing of the machine", () => {
  const { texts, log } = opened();
  log.warn({ api: "live" }, "something is odd");
  const line = JSON.parse(texts[0] ?? "");
  expect(Object.keys(line).sort()).toEqual(["api", "level", "msg", "time"]);
  expect(line).toMatchObject({ level: "warn", api: "live", msg: "something is odd" });
  expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test.each(LOG_LEVELS)("at the level %s what is less is not written", (level) => {
  const { texts, log } = opened(level);
  for (const each of LOG_LEVELS) log[each](each);
  const written = texts.map((text) => JSON.parse(text).msg);
  expect(written).toEqual(LOG_LEVELS.slice(LOG_LEVELS.indexOf(level)));
});

test("an error is written with its kind, message, stack and cause", () => {
  const { texts, log } = opened();
  log.error({ err: new TypeError("outer", { cause: new Error("inner") }) }, "failed");
  const { err } = JSON.parse(texts[0] ?? "");
  expect(err).toMatchObject({ type: "TypeError" });
  expect(err.stack).toContain("outer");
  expect(err.stack).toContain("inner");
});

const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1MSJ9.k2Jm0XnQ-_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const KEY = `hk_${"Ab3-_".repeat(8)}xyz`;

test("a secret is not written from any depth, from a list, or from the fields of a child", () => {
  const { texts, log } = opened();
  log.info({ a: { b: { c: { d: { refreshToken: "s3cr3t" } } } } }, "deep");
  log.info({ all: [{ token: "s3cr3t" }, ["x", { headers: { "Proxy-Authorization": "s3cr3t" } }]] }, "list");
  log.child({ token: "s3cr3t" }).info({ [JWT]: 1 }, "child");
  log.error({ err: new Error("outer", { cause: Object.assign(new Error("inner"), { api_key: "s3cr3t" }) }) });
  log.error(Object.assign(new Error("own"), { config: { headers: { cookie: "s3cr3t" } } }));
  expect(texts).toHaveLength(5);
  expect(texts.join("")).not.toContain("s3cr3t");
  expect(texts.join("")).not.toContain(JWT);
});

test.each([
  ["a token in a sentence", `the token ${JWT} is wrong`, JWT],
  ["a token without its signature", `eyJhbGciOiJub25lIn0.${"x".repeat(40)}.`, "x".repeat(40)],
  ["an Authorization header", "authorization: Bearer s3cr3t-s3cr3t\r\nhost: x", "s3cr3t"],
  ["a bearer token", "sent BEARER  s3cr3t.s3cr3t/s3cr3t= twice", "s3cr3t"],
  ["a key of ours", `GET /metrics with ${KEY}`, KEY.slice(8)],
  ["a token in a word", `token_${JWT}`, JWT],
  ["a key of ours in a word", `x_${KEY}`, KEY.slice(8)],
  ["a token in a URL", "GET http://u/socket.io/?EIO=4&token=s3cr3t&transport=polling", "s3cr3t"],
  ["a key in a URL", "/internal/nginx-rtmp?api_key=s3cr3t&app_id=a", "s3cr3t"],
  ["a password in a URL", "http://ann:s3cr3t@sonarr.example:8989/ping is down", "s3cr3t"],
  ["a token in a fragment", "http://localhost:9000/#access_token=s3cr3t", "s3cr3t"],
  ["an encoded name", "/x?%74oken=s3cr3t", "s3cr3t"],
  ["a form", "username=ann&password=s3cr3t", "s3cr3t"],
  ["a cookie", "cookie: theme=dark; auth-token=s3cr3t", "s3cr3t"],
  ["JSON", 'body {"username":"ann","password":"s3cr3t \\"s3cr3t"} is odd', "s3cr3t"],
  ["JSON in JSON", String.raw`{"body":"{\"apiKey\":\"s3cr3t\"}"}`, "s3cr3t"],
  ["a secret of the settings", "could not open a-secret-of-the-settings here", "a-secret-of-the-settings"],
])("%s is not written, whatever it is logged as", (_what, text, secret) => {
  const texts: string[] = [];
  const log = openLog("info", { write: (line) => texts.push(line) }, ["a-secret-of-the-settings", undefined, "x"]);
  log.info(text);
  log.info({ url: text, list: [text] }, "as a field");
  log.info("with %s", text);
  log.error({ err: new Error(text) }, "as an error");
  log.error({ err: new Error("outer", { cause: new Error(text) }) }, "as a cause");
  log.error(new Error(text));
  expect(texts).toHaveLength(6);
  for (const line of texts) expect(line).not.toContain(secret);
});

test("what is no secret stays as it is", () => {
  const { texts, log } = opened();
  const fields = {
    userId: "u1",
    reason: "Token has expired",
    path: "/api/v1/media?page=2&query=keys",
    url: "http://sonarr.example:8989/@ann",
    message: "basic rules: bearer of news",
    hasToken: true,
    token: null,
    event: "media:request",
    author: "Ann",
    n: 5,
  };
  log.warn({ ...fields, err: new Error("SQLITE_BUSY: database is locked") }, "a sign-in failed: 3 of 5 tries");
  expect(JSON.parse(texts[0] ?? "")).toMatchObject({
    ...fields,
    msg: "a sign-in failed: 3 of 5 tries",
    err: { message: "SQLITE_BUSY: database is locked" },
  });
});

test("hostile text takes no longer than other text", () => {
  const { log } = opened();
  const parts = [
    "eyJ",
    "eyJ-",
    "eyJa.",
    "bearer ",
    "hk_",
    "?token",
    "a=",
    '"a":"',
    String.raw`\"a\":\"`,
    "cookie",
    "://",
    "://a:",
    "%",
    " ",
  ];
  const begun = performance.now();
  for (const part of parts) log.info(part.repeat(65_536 / part.length));
  expect(performance.now() - begun).toBeLessThan(2_000);
});

test("any text, known secrets in it, comes out without them", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (before, after) => {
      const { texts, log } = opened();
      log.info({ text: `${before} ${JWT} ${after}` }, `${before}?token=s3cr3ts3cr3t`);
      expect(texts).toHaveLength(1);
      expect(texts[0]).not.toContain(JWT);
      expect(texts[0]).not.toContain("s3cr3t");
    }),
  );
});

test("the newest lines are kept without their secrets, oldest first, and no more than a fixed number", () => {
  const { log } = opened();
  log.debug("left out by the level");
  log.warn({ api: "live", token: "s3cr3t", userId: "u1" }, "odd");
  const [record] = log.tail.recent(10);
  expect(record).toEqual({
    id: "log-1",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    level: "warn",
    api: "live",
    message: "odd",
    fields: { token: "[redacted]", userId: "u1" },
  });
  for (let line = 1; line <= 2_000; line++) log.info(`line ${line}`);
  expect(log.tail.recent(3).map(({ message }) => message)).toEqual(["line 1998", "line 1999", "line 2000"]);
  expect(log.tail.recent(10_000)).toHaveLength(500);
  expect(log.tail.recent(0)).toEqual([]);
});

test("who listens hears every line until it is enough; one that fails or logs itself harms nobody", () => {
  const { log, texts } = opened();
  const heard: LogRecord[] = [];
  const others = [
    log.tail.listen(() => {
      throw new Error("broken");
    }),
    log.tail.listen(() => log.info("I log, too")),
  ];
  const stop = log.tail.listen((record) => heard.push(record));
  log.info({ api: "live" }, "one");
  log.child({ err: new Error("no") }).error("two");
  expect(log.child({}).tail).toBe(log.tail);
  expect(heard).toMatchObject([
    { level: "info", api: "live", message: "one", fields: {} },
    { level: "error", api: null, message: "two", fields: { err: { type: "Error", message: "no" } } },
  ]);
  stop();
  for (const end of others) end();
  log.info("three");
  expect(heard).toHaveLength(2);
  expect(texts).toHaveLength(5);
});
