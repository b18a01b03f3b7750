import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { APIS } from "../../src/apis";
import { systemClock } from "../../src/runtime/clock";
import { testInBrowser } from "../browser";
import { startTestApp, type TestApp, token } from "../harness";

// The pages that have no test with their API, on an origin of their own, and each with markup where people can put it.

const EXAMPLES = join(import.meta.dir, "..", "..", "examples");
const PORTS: Readonly<Record<string, number>> = {
  playback: 8080,
  requests: 4000,
  studio: 3000,
  live: 7070,
  learning: 5000,
};
const MARKUP = '<img src=x onerror="window.harm=true"><b>bold</b>';

/** A file, or what was built of it, that speaks to this server. */
function site(app: TestApp, page: string, scripts: Record<string, string> = {}) {
  const here = (text: string) =>
    APIS.reduce((text, { name }) => text.replaceAll(`http://localhost:${PORTS[name]}`, app.app.url(name)), text);
  return Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      const { pathname } = new URL(request.url);
      const script = scripts[pathname];
      if (script) return new Response(here(script), { headers: { "content-type": "text/javascript" } });
      return new Response(here(page), { headers: { "content-type": "text/html; charset=utf-8" } });
    },
  });
}

async function open(browser: Browser, port: number | undefined, jwt: string): Promise<Page> {
  const tab = await browser.newPage();
  tab.on("pageerror", (error) => expect(error.message).toBe("no error"));
  await tab.goto(`http://127.0.0.1:${port}/#${jwt}`);
  return tab;
}

const shows = (tab: Page, selector: string, text: string) =>
  tab.waitForFunction(
    `document.querySelector(${JSON.stringify(selector)})?.textContent.includes(${JSON.stringify(text)})`,
  );

/** Nothing that somebody wrote became a part of the page. */
async function isHarmless(tab: Page): Promise<void> {
  expect(await tab.locator("img").count()).toBe(0);
  expect(await tab.evaluate("window.harm")).toBeUndefined();
}

testInBrowser("the pages of playback and learning, and the React hook: markup is text", async (browser) => {
  await using app = await startTestApp({ clock: systemClock() });

  // playback.html: one window plays on the other.
  {
    using pages = site(app, readFileSync(join(EXAMPLES, "playback.html"), "utf8"));
    const jwt = await token("ann");
    const here = await open(browser, pages.port, jwt);
    await shows(here, "#note", "connected");
    const there = await open(browser, pages.port, jwt);
    await shows(there, "#note", "connected");
    await here.reload();
    await here.waitForFunction("document.querySelectorAll('#device option').length === 2");
    await here.evaluate("device.selectedIndex = [...device.options].findIndex((each) => each.value !== socket.id)");
    await here.fill("#movie", MARKUP);
    await here.press("#movie", "Enter");
    await shows(there, "#title", MARKUP);
    await shows(here, "#note", "it plays");
    await there.click("#skip");
    await here.reload();
    await shows(here, "#watching", `${MARKUP} from 60`);
    await here.click("#watching button");
    await shows(here, "#title", MARKUP);
    for (const tab of [here, there]) await isHarmless(tab);
    const stranger = await open(browser, pages.port, "nonsense");
    await shows(stranger, "#note", "Invalid token");
    for (const tab of [here, there, stranger]) await tab.close();
  }

  // learning.html: an instructor sees what a student does.
  {
    const teacher = await token("teacher", { role: "instructor", username: MARKUP });
    const student = await token("student", { username: "Sam" });
    const call = (jwt: string, path: string, json: object, method = "POST") =>
      app.call("learning", `/api/v1${path}`, { token: jwt, json, method });
    await call(teacher, "/courses", { id: "course123", title: MARKUP });
    await call(teacher, "/courses/course123/videos", { id: "video123", title: "Joins", duration_seconds: 600 });
    await call(student, "/courses/course123/enroll", {});
    using pages = site(app, readFileSync(join(EXAMPLES, "learning.html"), "utf8"));
    const desk = await open(browser, pages.port, teacher);
    await shows(desk, "#course", MARKUP);
    const bench = await open(browser, pages.port, student);
    await shows(desk, "#log", "Sam watches too");
    await bench.locator("#position").fill("300");
    await shows(desk, "#students", "300 s");
    for (const [tab, text] of [
      [bench, `Why? ${MARKUP}`],
      [desk, "Because."],
    ] as const) {
      await tab.fill("#text", text);
      await tab.press("#text", "Enter");
      for (const each of [desk, bench]) await shows(each, "#log", text);
    }
    await call(teacher, "/courses/course123", { title: `New ${MARKUP}` }, "PATCH");
    await shows(bench, "#course", `New ${MARKUP}`);
    for (const tab of [desk, bench]) {
      await isHarmless(tab);
      await tab.close();
    }
  }

  // React: the hook opens a connection, hears, asks and tells errors.
  {
    const { outputs } = await Bun.build({
      entrypoints: [join(EXAMPLES, "react", "main.tsx")],
      target: "browser",
      define: { "process.env.NODE_ENV": '"development"' },
    });
    const script = (await outputs[0]?.text()) ?? "";
    using pages = site(app, readFileSync(join(EXAMPLES, "react", "index.html"), "utf8"), { "/main.tsx": script });
    const [ann, bob] = [
      await open(browser, pages.port, await token("ann", { username: MARKUP })),
      await open(browser, pages.port, await token("bob")),
    ];
    for (const tab of [ann, bob]) await shows(tab, "[role=status]", "2 watching");
    await ann.fill("input", `Hello ${MARKUP}`);
    await ann.press("input", "Enter");
    for (const tab of [ann, bob]) await shows(tab, "li", `${MARKUP}: Hello ${MARKUP}`);
    await ann.waitForFunction("document.querySelector('input').value === ''");
    await bob.fill("input", "x".repeat(2001));
    await bob.press("input", "Enter");
    await shows(bob, "[role=alert]", "message must have 1 to 2000 characters");
    // In development React mounts everything twice; viewers are people and not sockets.
    const { body } = await app.call("live", "/v1/streams/stream_qwe456", {
      token: await token("m", { role: "admin" }),
    });
    expect(body).toMatchObject({ viewers: 2 });
    for (const tab of [ann, bob]) await isHarmless(tab);
    const stranger = await open(browser, pages.port, "nonsense");
    await shows(stranger, "[role=alert]", "Invalid token");
  }
});
