import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { APIS } from "../src/apis";
import { SETTINGS } from "../src/config";
import type { Contract, Inbound, Outbound } from "../src/realtime/contract";
import type { Setting } from "../src/setting";
import { routeTable, shapeTable, table } from "./reference";

// Tables in the documentation stand between `<!-- NAME -->` and `<!-- end -->`. `bun run docs` writes them anew.

const ROOT = join(import.meta.dir, "..");

function settingsTable(): string {
  const rows = Object.values<Setting>(SETTINGS).map(({ name, fallback, doc }) => [
    `\`${name}\``,
    fallback ? `\`${fallback}\`` : "–",
    doc,
  ]);
  return table(["setting", "default", "meaning"], rows);
}

function eventTable(contract: Contract): string {
  const rows = Object.entries(contract.namespaces).flatMap(([namespace, { receives, sends }]) => [
    ...Object.entries(receives).map(([event, row]) => eventRow(namespace, "client → server", event, row)),
    ...Object.entries(sends).map(([event, row]) => eventRow(namespace, "server → client", event, row)),
  ]);
  return table(["namespace", "direction", "event", "example", "meaning"], rows);
}

function eventRow(
  namespace: string,
  direction: string,
  event: string,
  { example, summary }: Inbound | Outbound,
): string[] {
  return [`\`${namespace}\``, direction, `\`${event}\``, `\`${JSON.stringify(example)}\``, summary];
}

const TABLES: [file: string, name: string, text: string][] = [
  ["docs/settings.md", "settings", settingsTable()],
  ...APIS.map((api): [string, string, string] => [`docs/${api.name}.md`, "events", eventTable(api.contract)]),
  ...APIS.flatMap(({ name, rest }): [string, string, string][] =>
    rest
      ? [
          [`docs/${name}.md`, "routes", routeTable(rest)],
          [`docs/${name}.md`, "answers", shapeTable(rest)],
        ]
      : [],
  ),
];

test.each(TABLES)("the table in %s (%s) says what the code says", (file, name, text) => {
  const path = join(ROOT, file);
  const written = readFileSync(path, "utf8");
  const current = written.replace(
    new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- end -->)`),
    (_, open, close) => `${open}${text}\n${close}`,
  );
  if (process.env.UPDATE_DOCS) writeFileSync(path, current);
  else expect(written).toBe(current);
  expect(current).toContain(text);
});
