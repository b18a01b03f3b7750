import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../src/runtime/clock";
import { testInBrowser } from "../../browser";
import { startTestApp, token } from "../../harness";

const ROOT = join(import.meta.dir, "..", "..", "..");
const PAGE = readFileSync(join(ROOT, "examples", "chat.html"), "utf8");
const SAID = "<b>Hello</b> everyone! 👋";

testInBrowser(
  "two pages of examples/chat.html, on another origin, see each other's messages as text",
  async (browser) => {
    await using app = await startTestApp({ clock: systemClock() });
    const html = PAGE.replaceAll("http://localhost:7070", app.app.url("live"));
    expect(html).toContain(app.app.url("live"));
    const headers = { "content-type": "text/html; charset=utf-8" };
    using site = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(html, { headers }) });
    const open = async (user: string) => {
      const tab = await browser.newPage();
      await tab.goto(`http://127.0.0.1:${site.port}/#${await token(user, { username: user })}`);
      await tab.waitForFunction("socket.connected");
      return tab;
    };
    const [ann, bob] = [await open("Ann"), await open("Bob")];
    const viewers = "viewers.value";
    await bob.waitForFunction(`${viewers} === "2"`);
    await ann.fill("#text", SAID);
    await ann.press("#text", "Enter");
    for (const tab of [ann, bob]) {
      await tab.waitForFunction("log.textContent.includes('everyone')");
      expect((await tab.locator("#log").textContent())?.trim()).toBe(`Ann: ${SAID}`);
      expect(await tab.locator("#log b").count()).toBe(0);
    }
  },
);
