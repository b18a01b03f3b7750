import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { APIS } from "../../src/apis";
import type { Contract } from "../../src/realtime/contract";
import { version } from "../../src/version";
import { startTestApp, temporaryFolder } from "../harness";
import { here } from "./here";

const NAMES = APIS.map(({ name }) => name);

test("the AsyncAPI documents are those of the console", async () => {
  await using app = await startTestApp();
  for (const name of NAMES) {
    const { code, stdout } = await here(["docs", "asyncapi", name]);
    const { body } = await app.call("console", `/asyncapi/${name}.json`);
    const info = { ...(body as { info: object }).info, version };
    expect([name, code, JSON.parse(stdout)]).toEqual([name, 0, { ...(body as object), info }]);
  }
});

test("the OpenAPI documents are those of the console but for where the server is, which the settings say", async () => {
  await using app = await startTestApp();
  for (const [path, ...words] of [["/openapi.json"], ...NAMES.map((name) => [`/openapi/${name}.json`, name])]) {
    const env = { HEADEND_LIVE_PORT: "7171", HEADEND_PORT: "" };
    const document = JSON.parse((await here(["docs", "openapi", ...words], env)).stdout);
    const { body } = await app.call("console", path ?? "");
    expect(placeless(document)).toEqual(placeless(body));
    expect(document.info.version).toBe(version);
    if (words[0] === "live") expect(document.servers).toEqual([{ url: "http://localhost:7171" }]);
  }
  const shared = JSON.parse((await here(["docs", "openapi", "live"], { HEADEND_PORT: "8000" })).stdout);
  expect(shared.servers).toEqual([{ url: "http://localhost:8000/live" }]);
});

test("the page of events has every event with its fields and its example", async () => {
  for (const { name, contract } of APIS) {
    const { stdout } = await here(["docs", "events", name]);
    for (const [namespace, { receives, sends }] of Object.entries((contract as Contract).namespaces)) {
      const text = stdout.split(/^## Namespace /m).find((part) => part.startsWith(`\`${namespace}\``)) ?? "";
      for (const [event, { summary, source, example }] of [...Object.entries(receives), ...Object.entries(sends)]) {
        const parts = text.split(/^#### /m).filter((part) => part.startsWith(`\`${event}\``));
        const part = parts.find((each) => each.includes(summary)) ?? "";
        expect([name, namespace, event, part.includes(source)]).toEqual([name, namespace, event, true]);
        const shown = /^```json\n([\s\S]*?)^```/m.exec(part)?.[1];
        expect([event, shown && JSON.parse(shown)]).toEqual([event, example]);
        if (typeof example !== "object") continue;
        for (const field of Object.keys(example as object)) {
          expect([name, event, field, part.includes(`| \`${field}\` |`)]).toEqual([name, event, field, true]);
        }
      }
    }
  }
});

test("everything is written into a folder at once", async () => {
  using folder = temporaryFolder();
  const out = join(folder.path, "new", "docs");
  const { code, stdout } = await here(["docs", "--out", out, "--json"]);
  const files: string[] = JSON.parse(stdout);
  expect([code, files.length]).toEqual([0, 1 + 3 * NAMES.length]);
  for (const file of files) expect([file, existsSync(file)]).toEqual([file, true]);
  for (const name of NAMES) {
    expect(readFileSync(join(out, "events", `${name}.md`), "utf8")).toBe((await here(["docs", "events", name])).stdout);
  }
  expect(await here(["docs", "--out", files[0] ?? ""])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("cannot be written"),
  });
});

test("what is asked for wrongly is told", async () => {
  for (const words of [[], ["swagger"], ["asyncapi"], ["asyncapi", "radio"], ["openapi", "live", "x"], ["--out", ""]]) {
    expect([words, (await here(["docs", ...words])).code]).toEqual([words, 2]);
  }
});

/** Without what differs between a server of a test and the settings of this machine. */
function placeless(document: unknown): unknown {
  return JSON.parse(JSON.stringify(document, (key, value) => (key === "version" || key === "servers" ? null : value)));
}
