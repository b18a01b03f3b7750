import { expect, test } from "bun:test";
import { openLog } from "../../src/runtime/log";

test("secrets are never written, and a line is one line whatever a client sends", () => {
  const texts: string[] = [];
  const log = openLog("info", { write: (line) => texts.push(line) });
  log.info(
    { token: "t0ken", password: "pa55", user: { cookie: "c00kie", authorization: "Bearer x" } },
    'a\r\n{"level":"fatal"}',
  );
  log.debug("not at this level");
  expect(texts).toHaveLength(1);
  expect(texts[0]).not.toMatch(/t0ken|pa55|c00kie|Bearer/);
  expect(texts[0]?.trimEnd()).not.toContain("\n");
  expect(JSON.parse(texts[0] ?? "")).toMatchObject({ level: "info", token: "[redacted]" });
});
