import { expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder, testEnvironment } from "../harness";
import { headend } from "./server";

/** What is wrong, the settings that make it so, and what the one line must name. */
const WRONG: [what: string, prepare: (folder: string) => Record<string, string>, named: string][] = [
  [
    "a folder that cannot be made",
    (folder) => {
      writeFileSync(join(folder, "file"), "");
      return { HEADEND_DATA: join(folder, "file", "data") };
    },
    "HEADEND_DATA=",
  ],
  [
    "a private key for a public key",
    (folder) => {
      const { privateKey } = generateKeyPairSync("ed25519");
      writeFileSync(join(folder, "key.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
      return { HEADEND_JWT_PUBLIC_KEY: join(folder, "key.pem") };
    },
    "HEADEND_JWT_PUBLIC_KEY",
  ],
  [
    "a signing secret that cannot be read",
    (folder) => {
      mkdirSync(join(folder, "jwt.secret"));
      return { HEADEND_JWT_SECRET: "" };
    },
    "jwt.secret",
  ],
  ["an address that is none of this machine's", () => ({ HEADEND_HOST: "192.0.2.1" }), "HEADEND_HOST=192.0.2.1"],
];

test.each(WRONG)(
  "%s keeps the server from starting: one line that names it, exit code 1",
  async (_what, prepare, named) => {
    using folder = temporaryFolder();
    const { code, stdout, stderr } = await headend(["serve"], {
      ...testEnvironment(folder.path),
      ...prepare(folder.path),
    });
    const told = stderr.split("\n").filter((line) => line.startsWith("headend: "));
    expect({ code, stdout, lines: told.length }).toEqual({ code: 1, stdout: "", lines: 1 });
    expect(told[0]).toContain(named);
    // Besides it only the line that says which process starts.
    expect(stderr.trimEnd().split("\n")).toHaveLength(2);
  },
);
