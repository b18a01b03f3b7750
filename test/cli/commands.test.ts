import { expect, test } from "bun:test";
import { join } from "node:path";
import { COMMANDS } from "../../src/cli";
import { Client } from "../client";
import { SECRET, temporaryFolder, token } from "../harness";
import { headend, ServerProcess } from "../process/server";
import { here } from "./here";

/** Longer than the two seconds in which a running server follows a command, on a machine that is busy. */
const FOLLOWS_MS = 4_000;

test("the life of an account by command, each step heard by the running server", async () => {
  using folder = temporaryFolder();
  const env = { HEADEND_DATA: folder.path };
  await using server = await ServerProcess.start(folder.path, { HEADEND_JWT_SECRET: "" });
  const run = async (...words: string[]) => {
    const { code, stdout, stderr } = await headend(words, env, "correct horse\n");
    if (code !== 0) throw new Error(stderr);
    return stdout.trim();
  };
  const signIn = async (password: string) => {
    const body = JSON.stringify({ username: "ann@example.com", password });
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${server.url("playback")}/auth/login`, { method: "POST", body, headers });
    return { status: response.status, ...((await response.json()) as { accessToken?: string }) };
  };
  const socketWith = async (token: string) => {
    const client = await new Client(server.url("playback")).connected();
    await client.ask("authenticate", { token });
    return client;
  };

  expect(await run("user", "add", "ann@example.com", "--id", "ann", "--name", "Ann", "--password-stdin")).toBe("ann");
  expect(await run("user", "list")).toMatch(/^ann +ann@example\.com +Ann +active/m);
  const { status, accessToken = "" } = await signIn("correct horse");
  expect(status).toBe(200);

  const watching = await socketWith(accessToken);
  const cut = watching.disconnected();
  const begun = performance.now();
  await run("user", "disable", "ann@example.com");
  expect(await cut).toBe("io server disconnect");
  expect(performance.now() - begun).toBeLessThan(FOLLOWS_MS);
  expect((await signIn("correct horse")).status).toBe(401);

  await run("user", "enable", "ann");
  const again = await socketWith(accessToken);
  const cutAgain = again.disconnected();
  await run("user", "password", "ann", "--password-stdin");
  expect(await cutAgain).toBe("io server disconnect");

  await run("user", "role", "ann", "admin");
  expect(await run("user", "list")).toMatch(/^ann .* admin +active/m);

  const token = await run("token", "ann", "--ttl", "1h");
  const last = await socketWith(token);
  await last.ask("playing", { type: "movie", movieId: "m", time: 1, progress: 0.5 });
  const cutLast = last.disconnected();
  await run("user", "delete", "ann");
  expect(await cutLast).toBe("io server disconnect");
  expect(await run("user", "list")).not.toContain("ann");
  const refused = await new Client(server.url("playback")).connected();
  expect(await refused.ask("authenticate", { token })).toMatchObject({ success: false, code: "authentication_failed" });
}, 60_000);

test("a token for an unknown id makes the user; one that contradicts the account's role is refused", async () => {
  using folder = temporaryFolder();
  const env = { HEADEND_DATA: folder.path };
  expect((await here(["token", "bob", "--role", "moderator"], env)).stdout.split(".")).toHaveLength(3);
  expect((await here(["user", "list"], env)).stdout).toMatch(/^bob .*moderator +active/m);
  const refused = await here(["token", "bob", "--role", "admin"], env);
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toBe("headend: bob has not the role admin; give it first: headend user role bob admin\n");
  expect((await here(["token", "bob", "--ttl", "soon"], env)).stderr).toBe(
    "headend: --ttl: a duration such as 30m, 24h or 7d is needed\n",
  );
});

test("keys are made, listed and revoked; the key itself is shown once", async () => {
  using folder = temporaryFolder();
  const env = { HEADEND_DATA: folder.path };
  const { stdout: key } = await here(["key", "add", "grafana", "--scope", "metrics,playback"], env);
  expect(key).toMatch(/^hk_[\w-]{43}\n$/);
  const { stdout: list } = await here(["key", "list"], env);
  expect(list).toMatch(/^grafana +metrics,playback /m);
  expect(list).not.toContain(key.trim());
  expect((await here(["key", "add", "grafana", "--scope", "metrics"], env)).code).toBe(1);
  expect((await here(["key", "add", "x", "--scope", "everything"], env)).stderr).toContain(
    "--scope is a comma list of",
  );
  expect((await here(["key", "revoke", "grafana"], env)).code).toBe(0);
  expect((await here(["key", "revoke", "grafana"], env)).stderr).toBe("headend: There is no key named grafana\n");
});

test("what is typed wrongly is told, with exit code 2; what is refused, with 1", async () => {
  using folder = temporaryFolder();
  const env = { HEADEND_DATA: folder.path, HEADEND_JWT_SECRET: SECRET };
  for (const [wanted, ...words] of [
    [2, "dance"],
    [2, "user"],
    [2, "user", "add"],
    [2, "user", "constructor"],
    [2, "user", "add", "no-email"],
    [2, "user", "add", "bob@example.com", "--role", "not a role!"],
    [1, "user", "disable", "nobody"],
    [1, "key", "revoke", "nothing"],
    [2, "key", "add", "x", "--scope", "everything"],
    [2, "token", "ann", "--ttl", "soon"],
    [2, "serve", "--fast"],
    [2, "verify", "nowhere"],
    [2, "doctor", "--quickly"],
    [1, "backup", "/nowhere/at/all"],
    [1, "restore", "/nowhere/at/all"],
  ] as [number, ...string[]][]) {
    const { code, stdout, stderr } = await here(words, env);
    expect([words, code, stdout]).toEqual([words, wanted, ""]);
    expect(stderr).toStartWith("headend: ");
    expect(stderr).not.toMatch(/^\s+at /m);
  }
});

test("a running server is backed up, and the backup serves in another folder; none is restored under a server", async () => {
  using folder = temporaryFolder();
  using other = temporaryFolder();
  const file = join(other.path, "backup.db");
  const data = join(other.path, "data");
  await using server = await ServerProcess.start(folder.path);
  expect(await headend(["user", "add", "ann@example.com"], { HEADEND_DATA: folder.path })).toMatchObject({ code: 0 });
  const client = await new Client(server.url("playback")).connected();
  await client.ask("authenticate", { token: await token("u1") });
  await client.ask("playing", { type: "movie", movieId: "m", time: 1, progress: 0.5 });
  client.close();
  const positions = async (of: ServerProcess) => {
    const headers = { authorization: `Bearer ${await token("u1")}` };
    return (await fetch(`${of.url("playback")}/progress`, { headers })).json();
  };
  await Bun.sleep(1_200);
  const backup = await headend(["backup", file], { HEADEND_DATA: folder.path });
  expect(backup).toMatchObject({ code: 0, stdout: expect.stringContaining(`${file} is a backup of ${folder.path}`) });
  expect((await headend(["backup", file], { HEADEND_DATA: folder.path })).code).toBe(1);
  const refused = await headend(["restore", file], { HEADEND_DATA: folder.path });
  expect(refused).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("another Headend (pid ") });
  expect(await headend(["restore", file], { HEADEND_DATA: data })).toMatchObject({
    code: 0,
    stdout: `${data} holds what ${file} held\n`,
  });
  expect((await headend(["user", "list"], { HEADEND_DATA: data })).stdout).toContain("ann@example.com");
  await using restored = await ServerProcess.start(data);
  expect(await positions(restored)).toEqual(await positions(server));
  expect(await positions(restored)).toMatchObject([{ movieId: "m", time: 1 }]);
}, 60_000);

test("with --json every command answers one line that a program can read", async () => {
  using folder = temporaryFolder();
  const env = { HEADEND_DATA: folder.path };
  const run = async (...words: string[]) => {
    const { code, stdout, stderr } = await here([...words, "--json"], env);
    expect([words, code, stderr, stdout.trimEnd().split("\n").length]).toEqual([words, 0, "", 1]);
    return JSON.parse(stdout);
  };
  const ann = { id: "ann", email: "ann@example.com", name: "ann", roles: ["admin"], status: "active" };
  const add = ["user", "add", "ann@example.com", "--id", "ann", "--role", "admin"];
  expect(await run(...add)).toMatchObject(ann);
  expect(await run("user", "list")).toMatchObject([ann]);
  expect(await run("user", "role", "ann", "moderator")).toEqual({ id: "ann", roles: ["moderator"] });
  expect(await run("user", "disable", "ann")).toEqual({ id: "ann", status: "disabled" });
  expect(await run("user", "enable", "ann")).toEqual({ id: "ann", status: "active" });
  const { token, expiresAt } = await run("token", "ann", "--ttl", "1h");
  expect(token.split(".")).toHaveLength(3);
  expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(3_601_000);
  expect(await run("key", "add", "grafana", "--scope", "metrics")).toMatchObject({
    name: "grafana",
    scopes: ["metrics"],
    key: expect.stringMatching(/^hk_/),
  });
  expect(await run("key", "list")).toMatchObject([{ name: "grafana", scopes: ["metrics"] }]);
  expect(await run("key", "revoke", "grafana")).toEqual({ name: "grafana" });
  const file = join(folder.path, "b.db");
  expect(await run("backup", file)).toMatchObject({ file, data: folder.path, bytes: expect.any(Number) });
  // Here the folder is still in use: SQLite's statements are forgotten some time later.
  env.HEADEND_DATA = join(folder.path, "other");
  expect(await run("restore", file)).toMatchObject({ file, data: env.HEADEND_DATA, kept: null });
});

test("help is grouped, and every command has examples of its own", async () => {
  const { stdout: all } = await here([]);
  for (const name of Object.keys(COMMANDS)) {
    expect(all).toMatch(new RegExp(`^  ${name} `, "m"));
    const { code, stdout } = await here([name, "--help"]);
    expect([name, code]).toEqual([name, 0]);
    for (const way of stdout.split("\n\n")[0]?.split("\n") ?? []) expect(way).toStartWith(`headend ${name}`);
    expect(stdout).toMatch(new RegExp(`^Examples\\n( {2}.*\\n)* {2}.*headend ${name}`, "m"));
    // What fits on a screen is read.
    if (name !== "serve") expect(Math.max(...stdout.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(120);
  }
});
