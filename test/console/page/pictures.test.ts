import type { Page } from "playwright-core";
import { browserOfFile } from "../../browser";
import { Demo } from "../../demo/process";
import { ROOT } from "../../process/server";
import { SIZES, visit } from "./visit";

// The README's pictures of the console, taken on request: HEADEND_PICTURES=1, or the folder to put them in.

const asked = process.env.HEADEND_PICTURES;
const FOLDER = asked && asked !== "1" ? asked : `${ROOT}/docs/pictures`;
/** The charts show minutes: there must have been some. */
const SECONDS = 30;

if (asked) {
  browserOfFile()("pictures for the README", async (browser) => {
    await using demo = await Demo.start(["--speed", "2"]);
    const { urls, console: address } = demo.told;
    await using visited = await visit(browser, address, Object.values(urls));
    const { page } = visited;
    await Bun.sleep(SECONDS * 1000);

    await both(page, "overview");
    await page.setViewportSize(SIZES.phone);
    await take(page, "phone");
    await page.setViewportSize(SIZES.desktop);

    await page.goto(`${urls.console}/#/panel/requests/media`);
    await page.getByRole("cell").first().waitFor();
    await both(page, "requests");

    await page.goto(`${urls.console}/#/panel/live/streams`);
    await page.locator("tbody .link").first().click();
    await page.getByRole("dialog").getByRole("heading", { level: 3 }).first().waitFor();
    await both(page, "stream");

    await page.goto(`${urls.console}/#/try?api=learning`);
    for (const name of ["First connection", "Second connection"]) {
      const pane = page.getByRole("region", { name });
      await pane.getByRole("button", { name: "Connect" }).click();
      await pane.getByText("connected", { exact: true }).waitFor();
    }
    await page.goto(`${urls.console}/docs/events#live/to/chat:message`);
    await page.locator("details[open] .json").waitFor();
    await both(page, "events");
  });
}

async function both(page: Page, name: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.locator(".toast").waitFor({ state: "detached" });
    await take(page, `${name}-${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
}

async function take(page: Page, name: string): Promise<void> {
  // What has just been set is drawn with the next figures.
  await Bun.sleep(1_500);
  await page.screenshot({ path: `${FOLDER}/${name}.png` });
}
