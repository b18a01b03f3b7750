import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../src/runtime/clock";
import { startTestApp, type TestApp, token } from "../harness";
import { Program } from "../program";
import { hasSocketIo, PYTHON } from "../python";

// The programs of the examples, each as its reader would start it, against one server.

const EXAMPLES = join(import.meta.dir, "..", "..", "examples");
const KEY = "a-key-of-the-tests-with-32-characters-or-more";

/** How a program of a language is started. */
const LANGUAGES = {
  TypeScript: { command: process.execPath, isThere: true },
  Node: { command: Bun.which("node") ?? "node", isThere: Bun.which("node") !== null },
  Python: { command: PYTHON, isThere: hasSocketIo },
} as const;
type Language = keyof typeof LANGUAGES;

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ clock: systemClock(), env: { HEADEND_API_KEY: KEY, HEADEND_DOWNLOAD_MS: "50" } });
});
afterAll(() => app[Symbol.asyncDispose]());

function start(language: Language, file: string, ...args: string[]): Program {
  return new Program([LANGUAGES[language].command, join(EXAMPLES, file), ...args]);
}

/** One test for each language that is installed here. */
function inEach(
  files: Partial<Record<Language, string>>,
  run: (language: Language, file: string) => Promise<void>,
): void {
  for (const [language, file] of Object.entries(files) as [Language, string][]) {
    const { isThere } = LANGUAGES[language];
    if (!isThere) console.log(`skipped, ${language} is not installed: examples/${file}`);
    test.skipIf(!isThere)(`examples/${file}`, () => run(language, file));
  }
}

async function hook(...args: string[]): Promise<unknown> {
  const child = Bun.spawn(["sh", join(EXAMPLES, "hooks.sh"), ...args], {
    env: { PATH: process.env.PATH ?? "", KEY, LIVE: app.app.url("live"), REQUESTS: app.app.url("requests") },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  if ((await child.exited) !== 0) throw new Error(out + err);
  return JSON.parse(out);
}

const worker = { "x-api-key": KEY };

describe("playback: signs in, reports, and plays what it is told to", () => {
  const files = { TypeScript: "playback.ts", Node: "node/playback.mjs", Python: "python/playback_player.py" };
  inEach(files, async (language, file) => {
    const jwt = await token(`player in ${language}`);
    await using program = start(language, file, jwt, app.app.url("playback"));
    await program.prints(/^(signed in|connected)/m);
    const device = async () => {
      const { body } = await app.call("playback", "/clients", { token: jwt });
      return (body as { clientId: string; clientName: string }[])[0];
    };
    let player = await device();
    for (; !player; player = await device()) await Bun.sleep(10);
    expect(player.clientName).toMatch(/player$/);
    const path = `/client/${player.clientId}/playback?confirm=5000`;
    const told = await app.call("playback", path, { token: jwt, json: { movieId: "m-42" } });
    expect(told).toMatchObject({ status: 200, body: { status: "confirmed" } });
    await program.prints(/(now playing|told to play)[\s\S]*m-42/);
    if (language === "TypeScript") return;
    const where = async () => (await app.call("playback", "/progress/movie/m-42", { token: jwt })).status;
    while ((await where()) !== 200) await Bun.sleep(10);
  });
});

describe("requests: what becomes of a request, by the hooks of other servers", () => {
  inEach({ Node: "node/requests.mjs" }, async (language, file) => {
    await using program = start(language, file, await token("asker"), "27205", "Inception", app.app.url("requests"));
    const [, id = ""] = await program.prints(/asked for, as (\S+)/);
    await program.prints(/Inception is pending/);
    await hook("overseerr", "MEDIA_APPROVED", "movie", "27205");
    await program.prints(/Inception is approved/);
    await hook("download", id, "500", "1000");
    await program.prints(/^50 % at /m);
    await hook("overseerr", "MEDIA_AVAILABLE", "movie", "27205");
    await program.prints(/Inception is available/);
    expect(await program.exited).toBe(0);
  });

  inEach({ TypeScript: "requests.ts", Python: "python/requests_news.py" }, async (language, file) => {
    const jwt = await token(`reader in ${language}`);
    await using program = start(language, file, jwt, app.app.url("requests"));
    await program.prints(/connected/);
    const tmdbId = language === "Python" ? "603" : "604";
    await app.call("requests", "/api/v1/media/requests", {
      token: jwt,
      json: { mediaType: "movie", tmdbId, title: "The Matrix" },
    });
    await hook("overseerr", "MEDIA_DECLINED", "movie", tmdbId);
    await program.prints(/The Matrix is pending/);
    await program.prints(/The Matrix is declined/);
    await program.prints(/\*\* Media Request Declined/);
  });
});

describe("studio: a job with a bar", () => {
  inEach({ Node: "node/studio.mjs", Python: "python/studio_picture.py" }, async (language, file) => {
    const jwt = await token(`painter in ${language}`);
    await using program = start(language, file, jwt, "A castle", app.app.url("studio"));
    const claim = async () =>
      app.call("studio", "/api/v1/media/claim", { headers: worker, json: { worker: "w", kinds: ["image"] } });
    let job = await claim();
    for (; job.status === 204; job = await claim()) await Bun.sleep(10);
    const { mediaId, prompt } = (job.body as { data: { mediaId: string; prompt: string } }).data;
    expect(prompt).toBe("A castle");
    const tell = (what: string, json: object) =>
      app.call("studio", `/api/v1/media/${mediaId}/${what}`, { headers: worker, json });
    await tell("progress", { progress: 40, stage: "rendering" });
    await program.prints(/\[#{10}-{15}\] 40 % rendering/);
    await tell("complete", { url: "http://pictures.example/1.png" });
    await program.prints(/done: http:\/\/pictures\.example\/1\.png/);
    expect(await program.exited).toBe(0);
  });
});

describe("live: a chat in the terminal, a bot, a moderator", () => {
  /** Somebody in the chat of a stream. */
  async function guest(stream_id: string, name: string) {
    const client = await app.connect("live", { auth: { token: await token(name) } });
    await client.ask("chat:join", { stream_id });
    return client;
  }

  inEach({ TypeScript: "live.ts" }, async (language, file) => {
    await using program = start(language, file, await token("typist"), "typed", app.app.url("live"));
    await program.prints(/in the chat/);
    const ann = await guest("typed", "ann");
    program.write("Hello from the terminal");
    expect(await ann.next("chat:message")).toMatchObject({ message: "Hello from the terminal", username: "typist" });
    await ann.ask("chat:message", { stream_id: "typed", message: "Hi!" });
    await program.prints(/ann: Hi!/);
    program.write("x".repeat(2001));
    await program.prints(/-- invalid_request: message/);
  });

  inEach({ Node: "node/live.mjs" }, async (language, file) => {
    await using program = start(language, file, await token("bot"), "botted", app.app.url("live"));
    await program.prints(/in the chat/);
    const ann = await guest("botted", "ann");
    const answer = async (question: string) => {
      await ann.ask("chat:message", { stream_id: "botted", message: question });
      await ann.next("chat:message");
      return (await ann.next("chat:message")).message;
    };
    expect(await answer("!uptime")).toBe("not on air");
    await hook("nginx-rtmp", "publish", "botted");
    expect((await ann.next("chat:message")).message).toMatch(/ has begun!$/);
    expect(await answer("!uptime")).toBe("on air for 0 minutes");
    expect(await answer("!viewers")).toMatch(/^\d of us are watching$/);
    expect(await hook("nginx-rtmp", "publish_done", "botted")).toEqual({ status: "offline" });
  });

  inEach({ Python: "python/live_moderator.py" }, async (language, file) => {
    const jwt = await token("sheriff", { role: "moderator" });
    await using program = start(language, file, jwt, "watched", app.app.url("live"));
    await program.prints(/watching over/);
    const mallory = await guest("watched", "mallory");
    mallory.send("chat:message", { stream_id: "watched", message: "Nice stream" });
    mallory.send("chat:message", { stream_id: "watched", message: "Buy my SPAM now" });
    const { message_id } = await mallory.next<{ message_id: string }>("chat.message.deleted");
    await mallory.next("chat:message");
    expect(await mallory.next("chat:message")).toMatchObject({ message_id, message: "Buy my SPAM now" });
    expect(await mallory.next("user.muted")).toMatchObject({ user_id: "mallory", duration: 60 });
    await program.prints(/mallory said: Buy my SPAM now/);
  });
});

describe("learning: a student and an instructor", () => {
  const files = { TypeScript: "learning.ts", Node: "node/learning.mjs", Python: "python/learning_class.py" };
  const url = () => app.app.url("learning");
  const teacher = () => token("teacher", { role: "instructor" });

  beforeAll(async () => {
    const call = async (who: string, path: string, json: object) =>
      expect((await app.call("learning", `/api/v1${path}`, { token: who, json })).status).toBe(201);
    await call(await teacher(), "/courses", { id: "course123", title: "Databases" });
    await call(await teacher(), "/courses/course123/videos", { id: "video123", title: "Joins", duration_seconds: 600 });
    await call(await token("student"), "/courses/course123/enroll", {});
  });

  inEach(files, async (language, file) => {
    const isStudent = language === "Node";
    const jwt = isStudent ? await token("student") : await teacher();
    const args = isStudent ? ["course123", "video123", url()] : language === "Python" ? ["course123", url()] : [url()];
    await using program = start(language, file, jwt, ...args);
    if (isStudent) {
      const desk = await app.connect("learning", { auth: { token: await teacher() } });
      await desk.ask("join_course", { course_id: "course123" });
      await program.prints(/^asked$/m);
      await program.prints(/student: What is an outer join\?/);
      expect(await desk.next("student_progress")).toMatchObject({ user_id: "student", timestamp: 0 });
      return;
    }
    await program.prints(/in (the course|course123)/);
    const student = await app.connect("learning", { auth: { token: await token("student") } });
    const report = { video_id: "video123", course_id: "course123", progress: 50, timestamp: 300 };
    await student.ask("video_progress", report);
    await program.prints(/student is at 300 s/);
    const other = { token: await token(`newcomer for ${language}`) };
    await app.call("learning", "/api/v1/courses/course123/enroll", { ...other, json: {} });
    await program.prints(/newcomer for/);
  });
});

test("hooks.sh says how it is used, and fails when the server refuses", async () => {
  expect(hook()).rejects.toThrow("usage: hooks.sh nginx-rtmp");
  expect(hook("download", "nothing", "1", "2")).rejects.toThrow("NOT_FOUND");
});

test("every program of the examples is run by a test", () => {
  const tests = [
    "programs.test.ts",
    "pages.test.ts",
    "../apis/studio/examples.test.ts",
    "../apis/live/browser.test.ts",
  ];
  const text = Promise.all(
    [...tests, "../apis/requests/browser.test.ts"].map((name) => Bun.file(join(import.meta.dir, name)).text()),
  );
  const files = readdirSync(EXAMPLES, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(EXAMPLES.length + 1))
    // The page in React is one, of several files.
    .filter((file) => !/^react\/|\.md$/.test(file));
  expect(files.length).toBeGreaterThan(15);
  return text.then((all) => expect(files.filter((file) => !all.join().includes(file))).toEqual([]));
});
