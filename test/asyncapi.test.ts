import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Parser } from "@asyncapi/parser";
import { APIS } from "../src/apis";
import { asyncApi } from "../src/realtime/asyncapi";
import type { Contract } from "../src/realtime/contract";
import { toyContract } from "./toy";

// What clients are shown of an API changes only on purpose: `bun run docs` writes the snapshots anew.

type Json = Record<string, unknown>;

interface Document {
  asyncapi: string;
  info: { title: string; version: string; description: string };
  channels: Record<
    string,
    { address: string; messages: Record<string, { name: string; payload: Json; examples?: Json[] }> }
  >;
  operations: Record<string, { action: "send" | "receive"; channel: { $ref: string }; messages: { $ref: string }[] }>;
}

/** As it travels: what JSON cannot say is gone. */
function documentOf(contract: Contract): Document {
  return JSON.parse(JSON.stringify(asyncApi(contract, "0.0.0")));
}

const ALL = [
  ...APIS.map((api) => [api.name, api.contract as Contract] as const),
  ["toy", toyContract as Contract] as const,
];

test.each(APIS.map((api) => [api.name, api.contract as Contract] as const))(
  "the document of %s is the one in test/asyncapi",
  (name, contract) => {
    const path = join(import.meta.dir, "asyncapi", `${name}.json`);
    const document = documentOf(contract);
    if (process.env.UPDATE_DOCS) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `${JSON.stringify(document, null, 2)}\n`);
    }
    expect(document).toEqual(JSON.parse(readFileSync(path, "utf8")));
  },
);

test("AsyncAPI's own parser takes every document, without a warning", async () => {
  const parser = new Parser();
  for (const [name, contract] of ALL) {
    const found = await parser.validate(JSON.stringify(documentOf(contract)));
    // 0 is an error, 1 a warning; what is below is advice, such as to use a newer version.
    const serious = found.filter(({ severity }) => severity < 2).map(({ path, message }) => [path.join("."), message]);
    expect([name, serious]).toEqual([name, []]);
  }
});

test.each(ALL)("the document of %s is sound: every reference leads somewhere", (_, contract) => {
  const document = documentOf(contract);
  expect(document).toMatchObject({ asyncapi: "3.0.0", info: { title: contract.title, version: "0.0.0" } });
  const references = [...everyReference(document)];
  expect(references.length).toBeGreaterThan(0);
  for (const reference of references)
    expect([reference, resolve(document, reference)]).toEqual([reference, expect.anything()]);
});

test.each(ALL)(
  "the document of %s has every event once: a message of its channel, sent or received by one operation",
  (_, contract) => {
    const { channels, operations } = documentOf(contract);
    const wanted = Object.entries(contract.namespaces).flatMap(([namespace, { receives, sends }]) => [
      ...Object.keys(receives).map((event) => `receive ${namespace} ${event}`),
      ...Object.keys(sends).map((event) => `send ${namespace} ${event}`),
    ]);
    const found = Object.values(operations).map(({ action, channel, messages }) => {
      expect(messages).toHaveLength(1);
      const key = channel.$ref.split("/").at(-1) ?? "";
      const message = messages[0]?.$ref ?? "";
      expect(message.startsWith(`#/channels/${key}/messages/`)).toBe(true);
      const { address, messages: all } = channels[key] ?? { address: "", messages: {} };
      return `${action} ${address} ${all[message.split("/").at(-1) ?? ""]?.name}`;
    });
    expect(found.sort()).toEqual(wanted.sort());
    expect(Object.values(channels).flatMap(({ messages }) => Object.keys(messages))).toHaveLength(wanted.length);
    expect(Object.values(channels).map(({ address }) => address)).toEqual(Object.keys(contract.namespaces));
  },
);

test.each(ALL)(
  "the document of %s says of every payload what it is, with an example that has what is required",
  (_, contract) => {
    for (const { address, messages } of Object.values(documentOf(contract).channels)) {
      for (const { name, payload, examples } of Object.values(messages)) {
        const shapes = (payload.anyOf ?? payload.oneOf ?? [payload]) as {
          type?: string | string[];
          required?: string[];
        }[];
        const example = examples?.[0]?.payload as Json;
        // An event may also carry one text, or nothing that matters.
        const type = example === undefined ? undefined : typeof example;
        expect([address, name, shapes.some((shape) => [shape.type].flat().includes(type))]).toEqual([
          address,
          name,
          true,
        ]);
        if (type !== "object") continue;
        expect([address, name, shapes.every((shape) => shape.type === type)]).toEqual([address, name, true]);
        const fits = shapes.some(({ required = [] }) => required.every((field) => field in example));
        expect([address, name, fits]).toEqual([address, name, true]);
      }
    }
  },
);

// The rules of fields.ts say their bounds as metadata, before what cleans a text: a document of what clients send ends
// where the cleaning begins.
test("the document says the bounds of ids and lines in both directions", () => {
  const note = documentOf(toyContract).channels.root?.messages["receive.note"];
  expect(note?.payload).toMatchObject({ properties: { text: { type: "string", minLength: 1, maxLength: 100 } } });
});

function* everyReference(value: unknown): Generator<string> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inside] of Object.entries(value)) {
    if (key === "$ref") yield String(inside);
    else yield* everyReference(inside);
  }
}

/** What a `#/a/b` of the document itself leads to; `~1` stands for a slash and `~0` for a tilde. */
function resolve(document: unknown, reference: string): unknown {
  const [root, ...path] = reference.split("/");
  if (root !== "#") return undefined;
  return path.reduce<unknown>(
    (at, part) => (at as Json | undefined)?.[decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~")],
    document,
  );
}
