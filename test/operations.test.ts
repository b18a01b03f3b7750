import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { COMMANDS } from "../src/cli";
import { SETTINGS } from "../src/config";
import { systemClock } from "../src/runtime/clock";
import { Client } from "./client";
import { startTestApp, temporaryFolder, token } from "./harness";
import { ROOT } from "./process/server";
import { Poller } from "./realtime/raw";

// What docs/operations.md tells an operator to type and to watch is there.

const TEXT = readFileSync(join(ROOT, "docs", "operations.md"), "utf8");

/** The blocks of a language. */
function blocks(language: string): string[] {
  return [...TEXT.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, "gm"))].map(([, text]) => text ?? "");
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

/** A program that may not be there; then the test is left out, and says so. */
function testWith(program: string, name: string, run: (path: string) => Promise<void>): void {
  const path = Bun.which(program, { PATH: `${process.env.PATH}:/usr/sbin` });
  if (!path) console.log(`skipped, ${program} is not installed: ${name}`);
  test.skipIf(!path)(name, () => run(path ?? ""));
}

async function expectAccepted(words: string[], cwd: string): Promise<void> {
  const child = Bun.spawn(words, { cwd, stdout: "pipe", stderr: "pipe" });
  const said = (await Promise.all([child.stdout, child.stderr].map((out) => new Response(out).text()))).join("");
  expect([await child.exited, said]).toEqual([0, said]);
}

function freePort(): number {
  const holder = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  holder.stop(true);
  return holder.port;
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)) return;
    await Bun.sleep(20);
  }
  throw new Error(`nobody listens on ${port}`);
}

/** The site of the document without its certificates, on another port and in front of another server. */
function nginxConfig(folder: string, port: number, server: string): string {
  const [config = ""] = blocks("nginx");
  const site = config
    .replace(/^ +ssl_.*\n/gm, "")
    .replace("listen 443 ssl;", `listen 127.0.0.1:${port};`)
    .replace("server 127.0.0.1:8000;", `server ${server};`);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(" ");
  const main = `pid ${folder}/pid; daemon off; master_process off; events {}`;
  return `${main} http { access_log off; ${temporary}\n${site}}`;
}

test("every setting that is named is one, and every command", () => {
  const known = Object.values(SETTINGS).map(({ name }) => name as string);
  const named = [...new Set(TEXT.match(/\bHEADEND_[A-Z0-9_]+/g))].filter((name) => name !== "HEADEND_DATA");
  expect(named.filter((name) => !known.includes(name))).toEqual([]);
  expect(named.length).toBeGreaterThan(8);
  const typed = [...TEXT.matchAll(/(?:^|[`\s])headend ([a-z]+)\b/gm)].map(([, word = ""]) => word);
  const words = Object.keys(COMMANDS);
  expect([...new Set(typed)].filter((word) => !words.includes(word) && word !== "headend")).toEqual([]);
  expect(typed).toContain("backup");
});

test("every figure that is named is answered by /metrics, with the labels that the rules ask for", async () => {
  await using app = await startTestApp();
  const client = await app.connect("live");
  await client.ask("chat:join", { stream_id: "s" });
  const { body } = await app.call("console", "/metrics");
  const answered = new Set([...String(body).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
  const named = [...new Set(TEXT.match(/\b(?:headend|nodejs|process)_[a-z0-9_]+/g))];
  expect(named.filter((name) => !answered.has(name))).toEqual([]);
  // And those of ours that an operator should know are spoken of.
  for (const name of answered) {
    if (name?.startsWith("headend_") && /failed|errors|unwritten|untrusted/.test(name)) expect(named).toContain(name);
  }
  for (const [, name = "", label = ""] of TEXT.matchAll(/\b(headend_[a-z0-9_]+)\{([a-z]+)="/g)) {
    expect([name, new RegExp(`^${name}\\{[^}]*\\b${label}="`, "m").test(String(body))]).toEqual([name, true]);
  }
  expect(String(body)).toMatch(/^headend_refusals_total\{[^}]*code="authentication_failed"\} 1$/m);
});

test("the rules for alerts are rules: named once, with something to compare, and words for people", () => {
  const documents = blocks("yaml").map((text) => Bun.YAML.parse(text) as { groups?: { rules: Rule[] }[] });
  const rules = documents.flatMap(({ groups = [] }) => groups.flatMap((group) => group.rules));
  expect(rules.length).toBeGreaterThan(5);
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  for (const { expr, labels, annotations } of rules) {
    expect(expr).toMatch(/[<>=]/);
    expect([...expr].filter((letter) => letter === "(").length).toBe(
      [...expr].filter((letter) => letter === ")").length,
    );
    expect(["warning", "critical"]).toContain(labels.severity);
    expect(annotations.summary.length).toBeGreaterThan(10);
  }
});

test("files that are spoken of are there", () => {
  for (const [, path = ""] of TEXT.matchAll(/\]\((?!http|#)([^)#]+)/g)) {
    expect([path, existsSync(join(ROOT, "docs", path))]).toEqual([path, true]);
  }
  for (const [, anchor = ""] of TEXT.matchAll(/\]\(#([^)]+)\)/g)) {
    expect([anchor, new RegExp(`^#+ ${anchor.replaceAll("-", "[ -]")}$`, "im").test(TEXT)]).toEqual([anchor, true]);
  }
});

describe("what others read", () => {
  testWith(
    "nginx",
    "nginx takes its configuration, and clients of both transports find their API through it",
    async (nginx) => {
      using folder = temporaryFolder();
      const hosts = /^HEADEND_HOSTS=(.*)$/m.exec(TEXT)?.[1] ?? "";
      const env = { HEADEND_PORT: "0", HEADEND_HOSTS: hosts, HEADEND_TRUSTED_PROXIES: "1" };
      await using app = await startTestApp({ clock: systemClock(), env });
      const port = freePort();
      const path = join(folder.path, "nginx.conf");
      const { host } = new URL(app.app.url("live"));
      writeFileSync(path, nginxConfig(folder.path, port, host));
      const words = [nginx, "-e", join(folder.path, "error.log"), "-p", folder.path, "-c", path];
      await expectAccepted([...words, "-t", "-q"], folder.path);

      const child = Bun.spawn(words, { stdout: "ignore", stderr: "ignore" });
      try {
        await listening(port);
        const url = `http://127.0.0.1:${port}`;
        const host = "chat.example.com";
        const client = await new Client(url, {
          auth: { token: await token("u1") },
          extraHeaders: { host },
        }).connected();
        await client.next("authenticated");
        await client.ask("chat:join", { stream_id: "s" });
        // Polls come over whichever connection is free: nothing is sticky.
        const poller = new Poller(url, { host });
        expect(await poller.open()).toBe(200);
        const say = (event: string, payload: object) => poller.post(`42${JSON.stringify([event, payload])}`);
        await poller.post(`40${JSON.stringify({ token: await token("u2") })}`);
        await say("chat:join", { stream_id: "s" });
        await say("chat:message", { stream_id: "s", message: "Hello" });
        expect(await client.next("chat:message")).toMatchObject({ message: "Hello" });
        let heard = "";
        while (!heard.includes('"Hello"')) heard += (await poller.get()).join();
        const learning = await fetch(`${url}/api/v1/courses`, {
          headers: { host: "learn.example.com", authorization: `Bearer ${await token("u1")}` },
        });
        expect(learning.status).toBe(200);
        client.close();
      } finally {
        child.kill();
        await child.exited;
      }
      expect(app.log.filter(({ level }) => level === "warn" || level === "error")).toEqual([]);
    },
  );

  testWith("caddy", "Caddy takes its configuration", async (caddy) => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, "Caddyfile"), blocks("caddyfile")[0] ?? "");
    const words = [caddy, "validate", "--adapter", "caddyfile", "--config", join(folder.path, "Caddyfile")];
    await expectAccepted(words, folder.path);
  });

  testWith("systemd-analyze", "systemd takes the unit, and finds little to fear in it", async (analyze) => {
    using folder = temporaryFolder();
    const path = join(folder.path, "headend.service");
    // The program need not be installed here.
    writeFileSync(path, (blocks("ini")[0] ?? "").replace("/usr/local/bin/headend", process.execPath));
    await expectAccepted([analyze, "verify", "--man=no", path], folder.path);
    const words = [analyze, "security", "--offline=true", "--threshold=20", path];
    await expectAccepted(words, folder.path);
  });
});
