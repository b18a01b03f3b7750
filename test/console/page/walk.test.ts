import { expect } from "bun:test";
import { browserOfFile } from "../../browser";
import { Demo } from "../../demo/process";
import { FakeConsole, MARKUP } from "./fake";
import { overflow, SIZES, violations, visit } from "./visit";

const testHere = browserOfFile();

// Every page of the console, as it looks with names that are markup wherever one may stand.

const PAGES: Readonly<Record<string, { path: string; until: string }>> = {
  overview: { path: "/#/", until: "All is well" },
  panel: { path: "/#/panel/console/users", until: "24 rows" },
  details: { path: "/#/panel/console/users?id=u1%22%27%3Cb%3E", until: "Moderation log" },
  log: { path: "/#/log", until: "line 38 of the log" },
  try: { path: "/#/try?api=live", until: "Second connection" },
  events: { path: "/docs/events#live/to/chat:message", until: "1 to 2000" },
  "a page that is none": { path: "/#/nowhere", until: "There is no such page" },
};

/** Contrast hangs on the colours and the rest on the width, so that two looks see all that four would. */
const LOOKS = [
  ["light", "desktop"],
  ["dark", "phone"],
] as const;

testHere("with the demo running, everybody can use every page, light and dark, on a phone too", async (browser) => {
  await using demo = await Demo.start(["--speed", "5"]);
  const { urls, console: address } = demo.told;
  await using visited = await visit(browser, address, Object.values(urls));
  const { page, problems } = visited;
  await page.getByText("signed in on").waitFor();
  const links = await page.getByRole("navigation").getByRole("link").all();
  const hrefs = await Promise.all(links.map((link) => link.getAttribute("href")));
  const own = hrefs.filter((href) => href?.startsWith("/#/") || href === "/docs/events");
  expect(own.filter((href) => href?.startsWith("/#/panel/")).length).toBeGreaterThanOrEqual(12);
  for (const [at, href] of own.entries()) {
    await page.setViewportSize(SIZES.desktop);
    await page.goto(`${urls.console}${href}`);
    await page.locator("main h1").waitFor();
    await page.locator("main .loading").waitFor({ state: "detached" });
    // Where there are details, those of the first row are open.
    const row = page.locator("tbody .link").first();
    if (await row.isVisible()) {
      await row.click();
      await page.locator("dialog dd").first().waitFor();
      await page.locator("dialog .loading").waitFor({ state: "detached" });
    }
    // They share colours and parts: the first page is looked at in both ways, and the others take turns.
    const looks = at === 0 ? LOOKS : LOOKS.slice(at % 2, (at % 2) + 1);
    for (const [colorScheme, size] of looks) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(SIZES[size]);
      expect([href, colorScheme, await violations(page)]).toEqual([href, colorScheme, []]);
      expect([href, size, await overflow(page)]).toEqual([href, size, 0]);
    }
  }
  expect(problems).toEqual([]);
});

testHere("long names and markup break no page's frame, and leave no element behind", async (browser) => {
  using fake = new FakeConsole();
  await using visited = await visit(browser, fake.url);
  const { page, problems } = visited;
  for (const [name, { path, until }] of Object.entries(PAGES)) {
    // Loaded anew: a change of the part after # alone is none.
    await page.goto("about:blank");
    await page.goto(fake.url + path);
    await page.getByText(until).first().waitFor();
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.setViewportSize(viewport);
      expect([name, size, await overflow(page)]).toEqual([name, size, 0]);
    }
    expect(await page.title()).toEndWith("· Headend");
    expect(await page.locator("img, script:not([src])").count()).toBe(0);
  }
  expect(problems).toEqual([]);
});

testHere("stored markup is text wherever it is shown", async (browser) => {
  using fake = new FakeConsole({ figures: { health: "degraded", complaints: [MARKUP] } });
  fake.answers.set("/panels/console/users", { status: 200, body: { message: `${MARKUP} is banned` } });
  await using visited = await visit(browser, fake.url);
  const { page, problems } = visited;
  const seen = async (selector: string) => {
    await page.locator(selector).filter({ hasText: MARKUP }).first().waitFor();
    expect(await page.locator("img, main script, dialog script").count()).toBe(0);
    expect(await page.title()).not.toContain("hacked");
  };
  await seen(".complaints");
  await seen(".who-name");
  await page.goto(`${fake.url}/#/log`);
  await seen(".log");
  await page.locator(".log-line details").first().click();
  await page.locator(".log .json").filter({ hasText: "onerror" }).waitFor();
  await seen(".log");
  await page.goto(`${fake.url}/#/panel/console/users`);
  await seen(".table");
  await page.locator(".link").filter({ hasText: MARKUP }).click();
  await seen("dialog .facts");
  await seen("dialog .section");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: `More actions: ${MARKUP}` }).click();
  await page.getByRole("menuitem", { name: "Ban" }).click();
  await page.getByRole("textbox", { name: "Reason" }).fill(MARKUP);
  await page.getByRole("button", { name: "Ban", exact: true }).click();
  await seen("dialog .facts dd");
  await page.getByRole("button", { name: "Yes, ban" }).click();
  await seen(".toast");
  expect(fake.asked.at(-1)?.body).toEqual({ action: "ban", id: `u0"'<b>`, fields: { reason: MARKUP } });
  expect(problems).toEqual([]);
});
