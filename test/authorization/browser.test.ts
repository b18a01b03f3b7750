import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { systemClock } from "../../src/runtime/clock";
import { testInBrowser } from "../browser";
import { startTestApp, type TestApp, token } from "../harness";

// What pages of others can do with a browser that is signed in, and what text of others can do on pages of ours. There
// are three pages: one of an allowed origin, one of the same site (so that the browser sends cookies along) and one of
// another site; to a browser `localhost` and `127.0.0.1` are two sites.

const EXAMPLES = join(import.meta.dir, "..", "..", "examples");
const HTML = { "content-type": "text/html; charset=utf-8" };
/** Text that would be something else where it is taken for markup. */
const MARKUP = [
  "<script>window.taken = 1</script>",
  "<img src=x onerror='window.taken = 1'>",
  "<svg onload='window.taken = 1'></svg>",
  "\"><iframe srcdoc='<script>parent.taken = 1</script>'></iframe>",
  "</li></ul><form action=//evil.example><a href='javascript:window.taken = 1'>Sign in</a>",
];

/** A site with one page. */
function site(html: string) {
  return Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(html, { headers: HTML }) });
}

async function openPage(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  // Its own alerts would hold it up, and would be the worst news.
  page.on("dialog", (dialog) => {
    throw new Error(`a page says ${dialog.message()}`);
  });
  await page.goto(url);
  return page;
}

/** What a page gets from a call with the browser's cookies: the status, or what went wrong. */
function fetched(page: Page, url: string, init: object = {}): Promise<number | string> {
  const given = JSON.stringify({ credentials: "include", ...init });
  return page.evaluate(`fetch("${url}", ${given}).then((answer) => answer.status, (error) => error.message)`);
}

/** What becomes of a websocket that a page opens, which browsers send cookies with whoever asks. */
function handshake(page: Page, url: string): Promise<string> {
  const address = `${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`;
  return page.evaluate(`new Promise((resolve) => {
    const socket = new WebSocket("${address}");
    socket.onmessage = () => resolve("opened");
    socket.onclose = () => resolve("refused");
  })`);
}

/** Sends a form as a page can without being asked, into a frame, and waits for what comes of it. */
async function submitForm(page: Page, url: string, text: string): Promise<void> {
  const [name = "", value = ""] = text.split("=");
  await page.evaluate(`new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.name = "frame";
    const form = document.createElement("form");
    Object.assign(form, { method: "POST", enctype: "text/plain", action: "${url}", target: "frame" });
    const input = document.createElement("input");
    Object.assign(input, { name: ${JSON.stringify(name)}, value: ${JSON.stringify(value)} });
    form.append(input);
    document.body.append(frame, form);
    frame.onload = resolve;
    form.submit();
  })`);
}

testInBrowser("pages of others get nothing out of a browser that is signed in, and nothing done", async (browser) => {
  using good = site("<title>Good</title>");
  using sameSite = site("<title>Same site</title>");
  using otherSite = site("<title>Other site</title>");
  const goodOrigin = `http://127.0.0.1:${good.port}`;
  await using app = await startTestApp({ clock: systemClock(), env: { HEADEND_CORS_ORIGINS: goodOrigin } });
  await app.app.house.accounts.add({ id: "ann", email: "ann@example.com", password: "correct horse" });
  const [requests, live] = [app.app.url("requests"), app.app.url("live")];
  const login = `${requests}/api/v1/auth/login`;
  const wishes = `${requests}/api/v1/media/requests`;
  const wish = JSON.stringify({ mediaType: "movie", tmdbId: "1", title: "=" });
  const json = { method: "POST", headers: { "content-type": "application/json" }, body: wish };
  const plain = { method: "POST", mode: "no-cors", headers: { "content-type": "text/plain" }, body: wish };
  const wished = async () =>
    app.app.house.store.db.$client.query("SELECT count(*) AS n FROM media_requests").get() as { n: number };

  const context = await browser.newContext();
  const ours = await openPage(context, goodOrigin);
  const credentials = JSON.stringify({ email: "ann@example.com", password: "correct horse" });
  expect(await fetched(ours, login, { ...json, body: credentials })).toBe(200);
  // The browser is signed in, and the page that may speak for its user does.
  expect(await fetched(ours, wishes)).toBe(200);
  expect(await fetched(ours, wishes, json)).toBe(201);
  expect(await handshake(ours, requests)).toBe("opened");
  const { n: before } = await wished();

  for (const origin of [`http://127.0.0.1:${sameSite.port}`, `http://localhost:${otherSite.port}`]) {
    const page = await openPage(context, origin);
    // CORS with credentials: nothing can be read, and what asks first is not even sent.
    expect([origin, await fetched(page, wishes)]).toEqual([origin, "Failed to fetch"]);
    expect([origin, await fetched(page, wishes, json)]).toEqual([origin, "Failed to fetch"]);
    // CSRF: what a page may send without asking is sent, with the cookie from the same site, and does nothing.
    for (const url of [wishes, login, `${requests}/api/v1/auth/logout`]) await fetched(page, url, plain);
    // A handshake of another site, by either transport.
    expect([origin, await handshake(page, requests)]).toEqual([origin, "refused"]);
    const polling = `${requests}/socket.io/?EIO=4&transport=polling`;
    expect([origin, await fetched(page, polling)]).toEqual([origin, "Failed to fetch"]);
    await submitForm(page, wishes, wish);
    await page.close();
  }
  expect((await wished()).n).toBe(before);
  // Nobody signed her out, nor in as anybody else.
  expect(await fetched(ours, wishes)).toBe(200);

  // An API that takes explicit tokens only lets any page in, and none of them with the browser's credentials.
  const page = await openPage(context, `http://localhost:${otherSite.port}`);
  const polling = `${live}/socket.io/?EIO=4&transport=polling`;
  expect(await fetched(page, polling)).toBe("Failed to fetch");
  expect(await fetched(page, polling, { credentials: "omit" })).toBe(200);
  expect(await handshake(page, live)).toBe("opened");
  await context.close();
});

testInBrowser("text of others stays text on the pages of the examples", async (browser) => {
  await using app = await startTestApp({ clock: systemClock() });
  await chatOf(browser, app);
  await requestsOf(browser, app);
  await studioOf(browser, app);
});

/** A page of the examples, made to talk to the server of the test. */
function example(name: string, app: TestApp, port: number, api: string) {
  const html = readFileSync(join(EXAMPLES, name), "utf8").replaceAll(`http://localhost:${port}`, app.app.url(api));
  expect(html).toContain(app.app.url(api));
  return site(html);
}

/** Nothing ran, and no element came to the page that is not its own. */
async function expectUntaken(page: Page, elements: number): Promise<void> {
  expect(await page.evaluate("window.taken ?? 'not taken'")).toBe("not taken");
  const strangers =
    "iframe, svg, a, img[onerror], img[src=x], form[action], body script:not([src]) ~ script:not([src])";
  expect(await page.locator(strangers).count()).toBe(elements);
}

async function chatOf(browser: Browser, app: TestApp): Promise<void> {
  using chat = example("chat.html", app, 7070, "live");
  const context = await browser.newContext();
  const name = MARKUP[1] as string;
  const reader = await openPage(context, `http://127.0.0.1:${chat.port}/#${await token("reader")}`);
  await reader.waitForFunction("socket.connected");
  const talker = await app.connect("live", { auth: { token: await token("talker", { username: name }) } });
  await talker.ask("chat:join", { stream_id: "stream_qwe456" });
  for (const message of MARKUP) {
    const answer = talker.ask<{ success: boolean }>("chat:message", { stream_id: "stream_qwe456", message });
    expect(await answer).toMatchObject({ success: true });
    // As it is heard, and as it is read by who comes later.
    await reader.waitForFunction(`log.textContent.includes(${JSON.stringify(`${name}: ${message}`)})`);
  }
  await expectUntaken(reader, 0);
  const later = await openPage(context, `http://127.0.0.1:${chat.port}/#${await token("later")}`);
  await later.waitForFunction(`log.children.length >= ${MARKUP.length}`);
  expect((await later.locator("#log li").allTextContents()).slice(0, MARKUP.length)).toEqual(
    MARKUP.map((message) => `${name}: ${message}`),
  );
  await expectUntaken(later, 0);
  await context.close();
}

async function requestsOf(browser: Browser, app: TestApp): Promise<void> {
  using page = example("requests.html", app, 4000, "requests");
  await app.app.house.accounts.add({
    email: "boss@example.com",
    password: "correct horse",
    name: MARKUP[2] as string,
    roles: ["admin"],
  });
  const context = await browser.newContext();
  const boss = await openPage(context, `http://127.0.0.1:${page.port}/`);
  await boss.fill("#email", "boss@example.com");
  await boss.fill("#password", "correct horse");
  await boss.click("#login button");
  const says = (text: string) =>
    boss.waitForFunction(`document.querySelector("#log").textContent.includes(${JSON.stringify(text)})`);
  await says("connected to /admin");
  await says(`signed in as ${MARKUP[2]}`);
  for (const [n, title] of MARKUP.entries()) {
    await app.call("requests", "/api/v1/media/requests", {
      token: await token("ann", { username: MARKUP[3] }),
      json: { mediaType: "movie", tmdbId: String(n), title },
    });
    await says(`${title} is pending`);
  }
  await expectUntaken(boss, 0);
  await context.close();
}

async function studioOf(browser: Browser, app: TestApp): Promise<void> {
  using page = example("studio.html", app, 3000, "studio");
  const key = await app.app.house.apiKeys.add("worker", ["studio"]);
  const context = await browser.newContext();
  const tab = await openPage(context, `http://127.0.0.1:${page.port}/#${await token("ann")}`);
  await tab.waitForFunction("socket.connected");
  const worker = (path: string, json: object) =>
    app.call("studio", `/api/v1/media${path}`, { headers: { "x-api-key": key }, json });
  for (const text of MARKUP.slice(0, 2)) {
    await tab.fill("#wish", text);
    await tab.click("#form button");
    await tab.waitForFunction("stage.value === 'queued'");
    const { body } = await worker("/claim", { worker: "w" });
    const { mediaId } = (body as { data: { mediaId: string } }).data;
    await worker(`/${mediaId}/progress`, { progress: 5, stage: "s", message: text });
    await tab.waitForFunction(`stage.value === ${JSON.stringify(text)}`);
    // A picture is an address of the web, and no script in the guise of one.
    const { status } = await worker(`/${mediaId}/complete`, { url: "javascript:window.taken=1" });
    expect(status).toBe(400);
    await worker(`/${mediaId}/error`, { error: text });
    await tab.waitForFunction(`stage.value === ${JSON.stringify(text)}`);
  }
  await expectUntaken(tab, 0);
  await context.close();
}
