import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../src/runtime/clock";
import { testInBrowser } from "../../browser";
import { startTestApp, type TestApp } from "../../harness";
import { KEY } from "./fixture";

const PAGE = readFileSync(join(import.meta.dir, "..", "..", "..", "examples", "requests.html"), "utf8");
const ALL = ["/", "/authenticated", "/media", "/admin", "/system"];

/** The page of the examples, on an origin of its own. */
function site(app: TestApp) {
  // The same host, as a cookie that no other site sends along wants it, and another port: another origin.
  const html = PAGE.replaceAll("http://localhost:4000", app.app.url("requests"));
  const headers = { "content-type": "text/html; charset=utf-8" };
  return Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(html, { headers }) });
}

testInBrowser(
  "a page of another origin signs in by cookie, opens all namespaces and sees a request through",
  async (browser) => {
    await using app = await startTestApp({
      clock: systemClock(),
      env: { HEADEND_API_KEY: KEY, HEADEND_DOWNLOAD_MS: "50" },
    });
    const { accounts } = app.app.house;
    await accounts.add({ email: "boss@example.com", password: "correct horse", name: "Boss", roles: ["admin"] });
    await accounts.add({ email: "ann@example.com", password: "correct horse", name: "Ann" });
    using page = site(app);
    const open = async (email: string) => {
      const tab = await (await browser.newContext()).newPage();
      await tab.goto(`http://127.0.0.1:${page.port}/`);
      await tab.fill("#email", email);
      await tab.fill("#password", "correct horse");
      await tab.click("#login button");
      return tab;
    };
    const [boss, ann] = [await open("boss@example.com"), await open("ann@example.com")];
    const says = (tab: typeof boss, text: string) =>
      tab.waitForFunction(`document.querySelector("#log").textContent.includes(${JSON.stringify(text)})`);
    for (const namespace of ALL) await says(boss, `connected to ${namespace}`);
    for (const namespace of ALL.slice(0, 3)) await says(ann, `connected to ${namespace}`);
    for (const namespace of ALL.slice(3)) await says(ann, `${namespace}: Admin access required`);
    // The cookie is none of the page's business.
    expect(await ann.evaluate("document.cookie")).toBe("");

    await ann.fill("#title", "<b>Inception</b>");
    await ann.fill("#tmdb", "27205");
    await ann.click("#ask button");
    for (const tab of [ann, boss]) await says(tab, "<b>Inception</b> is pending");
    await says(boss, "Ann: media_request_submitted");
    expect(await boss.locator("#log b").count()).toBe(0);

    // The admin approves from the page, by cookie too.
    const id = await boss.evaluate<string>(
      `fetch("${app.app.url("requests")}/api/v1/media/requests?all=true", { credentials: "include" })
       .then((response) => response.json()).then(({ data }) => data[0].id)`,
    );
    await boss.evaluate(`call("/admin/requests/${id}/approve", {})`);
    await says(ann, "<b>Inception</b> is approved");
    await says(ann, "Media Request Approved: ");
    for (const downloadedBytes of [100, 500, 1000]) {
      const report = { downloadId: "d1", downloadedBytes, totalBytes: 1000 };
      await app.call("requests", `/api/v1/media/requests/${id}/download`, {
        method: "PUT",
        json: report,
        headers: { "x-api-key": KEY },
      });
    }
    for (const tab of [ann, boss]) await says(tab, "100 %, ");
    expect(await ann.evaluate("document.querySelector('#bar').value")).toBe(100);
    await boss.evaluate(`call("/admin/requests/${id}/available", {})`);
    await says(ann, "Media Available: ");
  },
);

testInBrowser("a page of an origin that is not allowed gets nowhere, signed in or not", async (browser) => {
  const env = { HEADEND_CORS_ORIGINS: "https://media.example.com" };
  await using app = await startTestApp({ clock: systemClock(), env });
  await app.app.house.accounts.add({ email: "ann@example.com", password: "correct horse", name: "Ann" });
  using page = site(app);
  const tab = await browser.newPage();
  await tab.goto(`http://127.0.0.1:${page.port}/`);
  expect(await tab.evaluate(`call("/auth/login", { email: "a", password: "b" }).catch((error) => error.message)`)).toBe(
    "Failed to fetch",
  );
  const opened = `new Promise((resolve) => {
    const socket = open("/");
    socket.on("connect", () => resolve("connected"));
    socket.on("connect_error", () => resolve("refused"));
  })`;
  expect(await tab.evaluate(opened)).toBe("refused");
});
