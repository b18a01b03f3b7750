import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../src/runtime/clock";
import { testInBrowser } from "../../browser";
import { startTestApp, token } from "../../harness";

const PAGE = readFileSync(join(import.meta.dir, "..", "..", "..", "examples", "chat.html"), "utf8");

testInBrowser(
  "two chat pages of another origin see each other's messages and the count of viewers",
  async (browser) => {
    await using app = await startTestApp({ clock: systemClock() });
    const html = PAGE.replaceAll("http://localhost:7070", app.app.url("live"));
    using site = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: () => new Response(html, { headers: { "content-type": "text/html" } }),
    });
    const open = async (user: string) => {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${site.port}/#${await token(user, { username: user })}`);
      return page;
    };
    const [ann, bob] = [await open("Ann"), await open("Bob")];
    await bob.waitForFunction('viewers.value === "2"');
    await ann.fill("#text", "<b>Hello</b> everyone! 👋");
    await ann.press("#text", "Enter");
    await bob.waitForSelector("li");
    expect(await bob.locator("li").allTextContents()).toEqual(["Ann: <b>Hello</b> everyone! 👋"]);
    expect(await ann.locator("li").allTextContents()).toEqual(["Ann: <b>Hello</b> everyone! 👋"]);
  },
);
