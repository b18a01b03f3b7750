import { expect } from "bun:test";
import type { Page } from "playwright-core";
import { browserOfFile } from "../../browser";
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

const LOOKS = [
  ["light", "desktop"],
  ["dark", "phone"],
] as const;

testHere(
  "every page, light and dark, on a desk and on a phone, is clean and can be used by everybody",
  async (browser) => {
    using fake = new FakeConsole();
    await using visited = await visit(browser, fake.url);
    const { page, problems } = visited;
    for (const [name, { path, until }] of Object.entries(PAGES)) {
      // Loaded anew: a change of the part after # alone is none.
      await page.setViewportSize(SIZES.desktop);
      await page.goto("about:blank");
      await page.goto(fake.url + path);
      await shows(page, until);
      // Contrast hangs on the colours and the rest on the width, so that two looks see all that four would.
      for (const [colorScheme, size] of LOOKS) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize(SIZES[size]);
        expect([name, colorScheme, size, await violations(page)]).toEqual([name, colorScheme, size, []]);
        expect([name, size, await overflow(page)]).toEqual([name, size, 0]);
      }
      expect(await page.title()).toEndWith("· Headend");
      expect(await page.locator("img, script:not([src])").count()).toBe(0);
    }
    expect(problems).toEqual([]);
  },
);

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
  await page.getByRole("button", { name: `Ban: ${MARKUP}` }).click();
  await page.getByRole("textbox", { name: "Reason" }).fill(MARKUP);
  await page.getByRole("button", { name: "Ban", exact: true }).click();
  await seen("dialog .facts dd");
  await page.getByRole("button", { name: "Yes, ban" }).click();
  await seen(".toast");
  expect(fake.asked.at(-1)?.body).toEqual({ action: "ban", id: `u0"'<b>`, fields: { reason: MARKUP } });
  expect(problems).toEqual([]);
});

function shows(page: Page, text: string): Promise<void> {
  return page.getByText(text).first().waitFor();
}
