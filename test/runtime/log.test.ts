import { expect, test } from "bun:test";
import { LOG_LEVELS, type LogLevel, openLog } from "../../src/runtime/log";

function opened(level: LogLevel = "info") {
  const texts: string[] = [];
  return { texts, log: openLog(level, { write: (line) => texts.push(line) }) };
}

const SECRETS = ["token", "password", "authorization", "cookie", "secret", "accessToken", "apiKey"];

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
