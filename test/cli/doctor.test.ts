import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { chmodSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { APIS } from "../../src/apis";
import { temporaryFolder } from "../harness";
import { headend, ServerProcess } from "../process/server";

interface Finding {
  readonly area: string;
  readonly verdict: "ok" | "warning" | "problem";
  readonly what: string;
  readonly advice?: string;
}

/** Ports of nobody just now. */
function freePorts(): Record<string, string> {
  const names = [...APIS.map(({ name }) => name.toUpperCase()), "CONSOLE"];
  const listeners = names.map(() => Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } }));
  const ports = names.map((name, n) => [`HEADEND_${name}_PORT`, String(listeners[n]?.port)]);
  for (const listener of listeners) listener.stop(true);
  return Object.fromEntries(ports);
}

async function doctor(env: Record<string, string>, ...words: string[]) {
  const { code, stdout, stderr } = await headend(["doctor", "--json", ...words], { HEADEND_HOST: "127.0.0.1", ...env });
  expect(stderr).toBe("");
  const told = JSON.parse(stdout) as { findings: Finding[]; warnings: number; problems: number };
  const count = (verdict: string) => told.findings.filter((each) => each.verdict === verdict).length;
  expect([told.warnings, told.problems]).toEqual([count("warning"), count("problem")]);
  expect(code).toBe(told.problems > 0 ? 1 : 0);
  for (const { verdict, advice } of told.findings) expect(advice === undefined).toBe(verdict === "ok");
  const of = (verdict: string) =>
    told.findings.filter((each) => each.verdict === verdict).map(({ area, what }) => `${area}: ${what}`);
  return { code, problems: of("problem"), warnings: of("warning"), fine: of("ok") };
}

test("a fresh folder is fine, and is not made by looking", async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, "data");
  const { code, problems, warnings, fine } = await doctor({ ...freePorts(), HEADEND_DATA: data });
  expect([code, problems, warnings]).toEqual([0, [], []]);
  expect(fine).toContain(`data: ${data} is not there yet; it is made at the first start`);
  expect(() => readFileSync(data)).toThrow("ENOENT");
});

test("beside a running server it finds that server's ports, its state and its complaints, and changes nothing", async () => {
  using folder = temporaryFolder();
  const env = { ...freePorts(), HEADEND_DATA: folder.path };
  await using server = await ServerProcess.start(folder.path, env);
  const secret = { ...env, HEADEND_JWT_SECRET: "" };
  const { problems, warnings, fine } = await doctor(secret, "--thorough");
  expect([problems, warnings]).toEqual([[], []]);
  expect(fine).toContain(`server: the server (pid ${server.pid}) is ready`);
  for (const name of [...APIS.map(({ name }) => name), "console"]) {
    expect(fine).toContain(`ports: port ${new URL(server.url(name)).port}: the running server (${name})`);
  }
  expect(fine.some((line) => /^database: .* MB, sound in every page$/.test(line))).toBe(true);

  await fetch(`${server.url("live")}/v1/streams`, { headers: { "x-forwarded-for": "203.0.113.7" } });
  const again = await doctor(secret);
  expect(again.problems).toEqual(["server: a proxy in front of it says whom it speaks for, and is not believed"]);
  expect((await fetch(`${server.url("console")}/readyz`)).status).toBe(200);
  server.signal("SIGTERM");
  expect((await server.ended()).code).toBe(0);
  // A pid that is left by a crash is no server.
  writeFileSync(join(folder.path, "headend.pid"), "1\n");
  expect((await doctor(secret)).fine).toContain("server: no server runs on this data folder");
});

test("what would keep a server from starting, or make it weak, is told with what to do", async () => {
  using folder = temporaryFolder();
  using held = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  chmodSync(folder.path, 0o755);
  const env = {
    ...freePorts(),
    HEADEND_DATA: folder.path,
    HEADEND_LIVE_PORT: String(held.port),
    HEADEND_LIFE_PORT: "1",
    HEADEND_TOKEN_TTL: "a while",
    HEADEND_JWT_SECRET: "secretsecretsecretsecretsecretsecret",
    HEADEND_API_KEY: "headend-headend-headend-headend-1",
    HEADEND_JWT_SECRET_PREVIOUS: "S8fY2kLq0ZvXw3Rt5Uj7Pm9Nb1Cd4Gh6",
    HEADEND_JWT_JWKS_URL: `http://127.0.0.1:${held.port}9/jwks`.replace(/\d+\//, "1/"),
    HEADEND_SERVICES: "plex=http://127.0.0.1:1/",
    HEADEND_TRUSTED_PROXIES: "1",
    HEADEND_CONSOLE_HOST: "0.0.0.0",
    HEADEND_REGISTRATION: "open",
  };
  const { problems, warnings } = await doctor({ ...env, HEADEND_HOST: "0.0.0.0" });
  // The other ports are not the test's: another one may have them by now.
  expect(problems.filter((line) => !line.startsWith("ports: ") || line.includes("(live)"))).toEqual([
    "settings: HEADEND_TOKEN_TTL=a while: a duration such as 30m, 24h or 7d is needed",
    "secrets: HEADEND_JWT_SECRET repeats itself",
    "secrets: HEADEND_API_KEY is made of a common word (headend)",
    // Its name depends on how it was installed.
    expect.stringMatching(
      new RegExp(`^ports: port ${held.port} \\(live\\) is held by bun\\S* \\(pid ${process.pid}\\)$`),
    ),
    "issuer: the issuer's keys cannot be fetched from 127.0.0.1:1: ECONNREFUSED",
  ]);
  expect(warnings).toEqual([
    "settings: HEADEND_LIFE_PORT is no setting",
    "settings: HEADEND_HOST=0.0.0.0 leaves IPv6 out",
    "settings: the console can be reached from elsewhere (HEADEND_CONSOLE_HOST=0.0.0.0)",
    "settings: anybody may register (HEADEND_REGISTRATION=open)",
    "secrets: tokens that earlier secrets have signed still count",
    `data: others on this machine can read ${folder.path}`,
    "proxies: proxies are believed (HEADEND_TRUSTED_PROXIES=1) on ports that are open to all",
    "services: plex does not answer: ECONNREFUSED",
  ]);
});

test("a database that is damaged, newer, older, or from the future is told", async () => {
  using folder = temporaryFolder();
  const env = { ...freePorts(), HEADEND_DATA: folder.path };
  await headend(["user", "add", "ann@example.com"], env);
  const path = join(folder.path, "headend.db");
  const change = (sql: string) => {
    const sqlite = new Database(path);
    sqlite.run(sql);
    sqlite.close();
  };
  expect((await doctor(env)).problems).toEqual([]);

  change("UPDATE __drizzle_migrations SET created_at = created_at + 1e12");
  expect((await doctor(env)).problems).toEqual(["database: a newer version of Headend has written the database"]);
  change("UPDATE __drizzle_migrations SET created_at = 0");
  expect((await doctor(env)).warnings).toEqual([
    expect.stringMatching(/^database: \d+ changes of the tables are made at the next start$/),
  ]);

  const tomorrow = Date.now() / 1000 + 86_400;
  utimesSync(path, tomorrow, tomorrow);
  expect((await doctor(env)).problems).toEqual([
    expect.stringMatching(/^clock: the database was last written in the future \(/),
  ]);

  const bytes = readFileSync(path);
  bytes.fill(0x55, 4_096, 40_960);
  writeFileSync(path, bytes);
  expect((await doctor(env)).problems[0]).toStartWith("database: the database is damaged or cannot be read: ");
});

const elsewhere = Object.values(networkInterfaces())
  .flat()
  .find((each) => each?.family === "IPv4" && !each.internal)?.address;

test.skipIf(elsewhere === undefined)("a clock that differs from that of the issuer is told", async () => {
  using folder = temporaryFolder();
  const { publicKey } = (await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
  ])) as CryptoKeyPair;
  const keys = [await crypto.subtle.exportKey("jwk", publicKey)];
  let aheadMs = 0;
  const issuer = Bun.serve({
    hostname: "0.0.0.0",
    port: 0,
    fetch: () => Response.json({ keys }, { headers: { date: new Date(Date.now() + aheadMs).toUTCString() } }),
  });
  const url = `http://${elsewhere}:${issuer.port}/jwks`;
  const env = { ...freePorts(), HEADEND_DATA: folder.path, HEADEND_JWT_JWKS_URL: url };
  const { fine, problems, warnings } = await doctor(env);
  expect([problems, warnings]).toEqual([[], ["settings: the issuer's keys come unencrypted (HEADEND_JWT_JWKS_URL)"]]);
  expect(fine).toContain(`clock: the clock agrees with that of ${new URL(url).host}`);
  expect(fine).toContain(`issuer: ${new URL(url).host} has 1 key for tokens`);
  aheadMs = 600_000;
  expect((await doctor(env)).problems).toEqual([expect.stringMatching(/^clock: the clock is (599|600|601) s behind /)]);
  await issuer.stop(true);
});

test("people read lines with a summary", async () => {
  using folder = temporaryFolder();
  const { code, stdout } = await headend(["doctor"], {
    ...freePorts(),
    HEADEND_HOST: "127.0.0.1",
    HEADEND_DATA: join(folder.path, "d"),
  });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^settings {2}ok {7}\S/);
  expect(stdout).toEndWith("\n\neverything is fine\n");
});
