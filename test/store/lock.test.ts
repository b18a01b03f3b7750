import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../../src/runtime/fault";
import { lockFolder } from "../../src/store/lock";
import { temporaryFolder } from "../harness";

const LOCK = join(import.meta.dir, "..", "..", "src", "store", "lock.ts");

/** Another process that takes the folder and keeps it until it is killed. */
async function otherServer(folder: string) {
  const script = `
    const { lockFolder } = await import(${JSON.stringify(LOCK)});
    lockFolder(${JSON.stringify(folder)});
    console.log("has it");
    await new Promise(() => setInterval(() => {}, 1e6));
  `;
  const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "inherit" });
  const { value } = await child.stdout.getReader().read();
  expect(new TextDecoder().decode(value)).toBe("has it\n");
  return {
    pid: child.pid,
    async kill() {
      child.kill("SIGKILL");
      await child.exited;
    },
    async [Symbol.asyncDispose]() {
      await this.kill();
    },
  };
}

function faultOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
    expect((error as Fault).message).not.toContain("\n");
    return (error as Fault).message;
  }
  throw new Error("nothing was refused");
}

test("one server to a folder: the second is told whose it is, and may have it once it is given back", () => {
  using folder = temporaryFolder();
  using other = temporaryFolder();
  const unlock = lockFolder(folder.path);
  expect(readFileSync(join(folder.path, "headend.pid"), "utf8")).toBe(`${process.pid}\n`);
  const message = faultOf(() => lockFolder(folder.path));
  expect(message).toStartWith(`another Headend (pid ${process.pid}) already serves HEADEND_DATA=${folder.path}`);
  // Being refused takes nothing from who has it.
  expect(faultOf(() => lockFolder(folder.path))).toBe(message);
  expect(existsSync(join(folder.path, "headend.pid"))).toBe(true);
  lockFolder(other.path)();
  unlock();
  expect(existsSync(join(folder.path, "headend.pid"))).toBe(false);
  lockFolder(folder.path)();
});

test("a server in another process is told by its pid; when it is killed the folder is free at once", async () => {
  using folder = temporaryFolder();
  await using other = await otherServer(folder.path);
  expect(faultOf(() => lockFolder(folder.path))).toContain(`(pid ${other.pid})`);
  await other.kill();
  expect(readFileSync(join(folder.path, "headend.pid"), "utf8")).toBe(`${other.pid}\n`);
  const unlock = lockFolder(folder.path);
  expect(readFileSync(join(folder.path, "headend.pid"), "utf8")).toBe(`${process.pid}\n`);
  unlock();
});

test("a folder in which the lock cannot be made is told in one line that names the setting", () => {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, "headend.lock"));
  for (const data of [folder.path, "/proc/self"]) {
    expect(faultOf(() => lockFolder(data))).toContain(`HEADEND_DATA=${data}`);
  }
});

test.each(["another tool's file", "x".repeat(10_000)])(
  "a lock that is no lock is told as such, not as another server",
  (text) => {
    using folder = temporaryFolder();
    const path = join(folder.path, "headend.lock");
    writeFileSync(path, text);
    const message = faultOf(() => lockFolder(folder.path));
    expect(message).toStartWith(`${path} cannot be locked (`);
    expect(message).not.toContain("another Headend");
    expect(readFileSync(path, "utf8")).toBe(text);
    expect(existsSync(join(folder.path, "headend.pid"))).toBe(false);
  },
);

test("the lock and the pid are for their owner's eyes only", () => {
  using folder = temporaryFolder();
  const unlock = lockFolder(folder.path);
  for (const file of ["headend.lock", "headend.pid"]) {
    expect([file, statSync(join(folder.path, file)).mode & 0o777]).toEqual([file, 0o600]);
  }
  unlock();
});
