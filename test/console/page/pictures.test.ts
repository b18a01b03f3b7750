import type { Page } from "playwright-core";
import { browserOfFile } from "../../browser";
import { Demo } from "../../demo/process";
import { ROOT } from "../../process/server";
import { SIZES, visit } from "./visit";

// The README's pictures of the console, taken on request: HEADEND_PICTURES=1, or the folder to put them in.

const asked = process.env.HEADEND_PICTURES;
const FOLDER = asked && asked !== "1" ? asked : `${ROOT}/docs/pictures`;
/** The charts show minutes: there must have been some. */
const SECONDS = 100;

if (asked) {
  browserOfFile()("pictures for the README", async (browser) => {
    await using demo = await Demo.start(["--speed", "2"]);
    const { urls, console: address } = demo.told;
    await using visited = await visit(browser, address, Object.values(urls));
    const { page } = visited;
    await Bun.sleep(SECONDS * 1000);

    await page.locator(".toast").waitFor({ state: "detached" });
    await take(page, "console");
    await page.emulateMedia({ colorScheme: "dark" });
    await take(page, "console-dark");
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize(SIZES.phone);
    await take(page, "phone");
    await page.setViewportSize(SIZES.desktop);

    await page.goto(`${urls.console}/#/panel/requests/media`);
    await page.getByRole("cell").first().waitFor();
    await take(page, "requests");

    await page.goto(`${urls.console}/#/panel/live/streams`);
    await page.locator("tbody .link").first().click();
    await page.getByRole("dialog").getByRole("heading", { level: 3 }).first().waitFor();
    await take(page, "stream");

    await page.goto(`${urls.console}/#/try?api=live`);
    const panes = ["First connection", "Second connection"].map((name) => page.getByRole("region", { name }));
    for (const pane of panes) {
      await pane.getByRole("button", { name: "Connect" }).click();
      await pane.getByRole("button", { name: "Send chat:join" }).last().click();
      await pane.getByText("chat:joined").first().waitFor();
      // What the crowd says would take the place of the two.
      await pane.getByLabel("Only with").fill("evening");
    }
    for (const [at, pane] of panes.entries()) {
      await pane.getByLabel("Event").selectOption("chat:message");
      const message = at === 0 ? "Good evening, everybody!" : "Good evening! The picture is perfect.";
      await pane.getByLabel("Payload").fill(JSON.stringify({ stream_id: "stream_qwe456", message }, null, 2));
      await pane.getByRole("button", { name: "Send chat:message" }).click();
    }
    await page.locator(".happening").filter({ hasText: "perfect" }).nth(2).waitFor();
    await take(page, "try-it");

    await page.goto(`${urls.console}/docs/events#live/to/chat:message`);
    await page.locator("details[open] .json").waitFor();
    await take(page, "events");
  });
}

async function take(page: Page, name: string): Promise<void> {
  // What has just been set is drawn with the next figures.
  await Bun.sleep(1_500);
  await page.screenshot({ path: `${FOLDER}/${name}.png` });
}
