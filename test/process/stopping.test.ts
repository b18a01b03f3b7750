import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Client } from "../client";
import { temporaryFolder, token } from "../harness";
import { headend, ServerProcess } from "./server";

/** Time of the newest report that each movie's viewer had acknowledged, and when. */
type Ledger = Map<string, { time: number; atMs: number }>;

/** Users who report as fast as they are answered, within the limit, until the server is gone. */
async function watchMovies(server: ServerProcess, users: number): Promise<{ ledger: Ledger; ended: Promise<unknown> }> {
  const ledger: Ledger = new Map();
  const ended: Promise<unknown>[] = [];
  for (let user = 0; user < users; user++) {
    const client = await new Client(server.url("playback")).connected();
    client.send("authenticate", { token: await token(`u${user}`) });
    ended.push(client.disconnected());
    void report(client, `movie-${user}`, ledger);
  }
  return { ledger, ended: Promise.all(ended) };
}

async function report(client: Client, movieId: string, ledger: Ledger): Promise<void> {
  for (let time = 1; client.socket.connected; time++) {
    const answer = await client
      .ask<{ success: boolean }>("playing", { type: "movie", movieId, time, progress: 0.1 })
      .catch(() => undefined);
    if (!answer) return;
    if (answer.success) ledger.set(movieId, { time, atMs: performance.now() });
    await Bun.sleep(51);
  }
}

function storedTimes(folder: string): { times: Map<string, number>; integrity: unknown } {
  const db = new Database(join(folder, "headend.db"));
  try {
    const rows = db.query<{ item_id: string; time: number }, []>("SELECT item_id, time FROM progress").all();
    return {
      times: new Map(rows.map((row) => [row.item_id, row.time])),
      integrity: db.query("PRAGMA integrity_check").values(),
    };
  } finally {
    db.close();
  }
}

test("SIGTERM under load loses nothing that was acknowledged, and clients see a transport that closed", async () => {
  using folder = temporaryFolder();
  await using server = await ServerProcess.start(folder.path, { HEADEND_PROGRESS_FLUSH_MS: "60000" });
  const { ledger, ended } = await watchMovies(server, 20);
  await Bun.sleep(400);
  server.signal("SIGTERM");
  const { code, stderr } = await server.ended();
  expect(code).toBe(0);
  expect(new Set((await ended) as string[])).toEqual(new Set(["transport close"]));
  const { times } = storedTimes(folder.path);
  expect(ledger.size).toBe(20);
  for (const [movieId, { time }] of ledger) expect(times.get(movieId)).toBeGreaterThanOrEqual(time);
  expect(JSON.parse(stderr.split("\n")[0] ?? "")).toMatchObject({ pid: server.pid });
  expect(existsSync(join(folder.path, "headend.pid"))).toBe(false);
});

test("kill -9 loses at most one flush period and leaves a database that opens clean", async () => {
  using folder = temporaryFolder();
  const flushMs = 300;
  await using server = await ServerProcess.start(folder.path, { HEADEND_PROGRESS_FLUSH_MS: `${flushMs}` });
  expect(readFileSync(join(folder.path, "headend.pid"), "utf8").trim()).toBe(`${server.pid}`);
  const { ledger } = await watchMovies(server, 10);
  await Bun.sleep(500);
  const settled = new Map(ledger);
  // A period, and some air for a machine that is busy.
  await Bun.sleep(3 * flushMs);
  server.signal("SIGKILL");
  await server.ended();
  const { times, integrity } = storedTimes(folder.path);
  expect(integrity).toEqual([["ok"]]);
  expect(settled.size).toBe(10);
  for (const [movieId, { time }] of settled) expect(times.get(movieId)).toBeGreaterThanOrEqual(time);
  // The lock went with the process: the folder can be served again at once.
  await using again = await ServerProcess.start(folder.path);
  again.signal("SIGTERM");
  expect((await again.ended()).code).toBe(0);
});

test("a database that stays locked is tried until the end; a second signal after two seconds ends at once", async () => {
  using folder = temporaryFolder();
  await using server = await ServerProcess.start(folder.path);
  const client = await new Client(server.url("playback")).connected();
  client.send("authenticate", { token: await token("u1") });
  await client.ask("playing", { type: "movie", movieId: "m", time: 1, progress: 0.1 });
  const foreign = new Database(join(folder.path, "headend.db"));
  foreign.run("BEGIN IMMEDIATE");
  const begun = performance.now();
  server.signal("SIGTERM");
  server.signal("SIGINT");
  await Bun.sleep(2_300);
  server.signal("SIGTERM");
  const { code, stderr } = await server.ended();
  expect(code).toBe(1);
  // Not before the second signal that counted: the one right after the first was the same.
  expect(performance.now() - begun).toBeGreaterThan(2_200);
  expect(stderr).toContain("told again to stop");
  foreign.close();
});

test("a second server on the same folder, a port in use and a wrong setting are one clear line and exit code 1", async () => {
  using folder = temporaryFolder();
  using other = temporaryFolder();
  await using server = await ServerProcess.start(folder.path);
  const env = {
    HEADEND_HOST: "127.0.0.1",
    HEADEND_CONSOLE_PORT: "0",
    HEADEND_PLAYBACK_PORT: "0",
    HEADEND_LOG_LEVEL: "error",
  };

  const second = await headend(["serve"], { ...env, HEADEND_DATA: folder.path });
  expect(second).toMatchObject({ code: 1, stdout: "" });
  expect(second.stderr).toBe(
    `headend: another Headend (pid ${server.pid}) already serves HEADEND_DATA=${folder.path}: stop it, or give this one a folder of its own\n`,
  );

  const port = new URL(server.url("playback")).port;
  const taken = await headend(["serve"], { ...env, HEADEND_DATA: other.path, HEADEND_PLAYBACK_PORT: port });
  expect(taken).toMatchObject({ code: 1, stdout: "" });
  expect(taken.stderr).toMatch(new RegExp(`^headend: HEADEND_PLAYBACK_PORT=${port}: the port is in use; .*\n$`));
  expect(existsSync(join(other.path, "headend.pid"))).toBe(false);

  const wrong = await headend(["serve"], { ...env, HEADEND_DATA: other.path, HEADEND_TRUSTED_PROXIES: "-1" });
  expect(wrong).toMatchObject({
    code: 1,
    stdout: "",
    stderr: "headend: HEADEND_TRUSTED_PROXIES=-1: a whole number from 0 to 16 is needed\n",
  });
});

test("a server without a secret makes one, for its owner's eyes only, and keeps it", async () => {
  using folder = temporaryFolder();
  const env = { HEADEND_JWT_SECRET: "" };
  const path = join(folder.path, "jwt.secret");
  {
    await using server = await ServerProcess.start(folder.path, env);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    server.signal("SIGTERM");
    await server.ended();
  }
  const made = readFileSync(path, "utf8");
  await using again = await ServerProcess.start(folder.path, env);
  expect(readFileSync(path, "utf8")).toBe(made);
  again.signal("SIGTERM");
  await again.ended();
});
