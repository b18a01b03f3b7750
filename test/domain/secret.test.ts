import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generatedSecret } from "../../src/domain/tokens/secret";
import { Fault } from "../../src/runtime/fault";
import { temporaryFolder } from "../harness";

test("a secret of 256 random bits is made once, for its owner's eyes only, and is the same from then on", () => {
  using folder = temporaryFolder();
  using other = temporaryFolder();
  const secret = generatedSecret(folder.path);
  expect(secret).toMatch(/^[\w-]{43}$/);
  const path = join(folder.path, "jwt.secret");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, "utf8").trim()).toBe(secret);
  expect(generatedSecret(folder.path)).toBe(secret);
  expect(generatedSecret(other.path)).not.toBe(secret);
});

test("processes that start together end up with one secret, and nothing else is left behind", async () => {
  using folder = temporaryFolder();
  const module = join(import.meta.dir, "..", "..", "src", "domain", "tokens", "secret.ts");
  const script = `
    const { generatedSecret } = await import(${JSON.stringify(module)});
    console.log(generatedSecret(${JSON.stringify(folder.path)}));
  `;
  const secrets = await Promise.all(
    Array.from({ length: 4 }, () =>
      new Response(Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "inherit" }).stdout).text(),
    ),
  );
  expect(new Set(secrets)).toEqual(new Set([`${generatedSecret(folder.path)}\n`]));
  expect(readdirSync(folder.path)).toEqual(["jwt.secret"]);
});

test("a secret that an operator has put there is used as it is", () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, "jwt.secret"), `${"s".repeat(32)}\n`);
  expect(generatedSecret(folder.path)).toBe("s".repeat(32));
});

test.each<[string, (folder: string) => string]>([
  [
    "an empty file",
    (folder) => {
      writeFileSync(join(folder, "jwt.secret"), "");
      return folder;
    },
  ],
  [
    "half a secret",
    (folder) => {
      writeFileSync(join(folder, "jwt.secret"), "s".repeat(31));
      return folder;
    },
  ],
  [
    "a folder in its place",
    (folder) => {
      mkdirSync(join(folder, "jwt.secret"));
      return folder;
    },
  ],
  ["no folder to put it in", (folder) => join(folder, "nowhere")],
])("%s is told in one line, never signed with", (_what, prepare) => {
  using folder = temporaryFolder();
  const data = prepare(folder.path);
  let told: unknown;
  try {
    generatedSecret(data);
  } catch (error) {
    told = error;
  }
  expect(told).toBeInstanceOf(Fault);
  expect((told as Fault).message).toContain(join(data, "jwt.secret"));
  expect((told as Fault).message).not.toMatch(/\n|sss/);
});
