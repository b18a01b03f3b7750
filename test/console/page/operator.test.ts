import { expect } from "bun:test";
import type { Page } from "playwright-core";
import { systemClock } from "../../../src/runtime/clock";
import { browserOfFile } from "../../browser";
import { startTestApp, type TestApp, token } from "../../harness";
import { visit } from "./visit";

// What a stranger does with the console of a real server, by what the pages say alone.

const testHere = browserOfFile();
const GAMER = "user_abc123";
const OTHER = "user_xyz789";
const STREAM = "stream_qwe456";

testHere("two connections of the try-it page hear each other", async (browser) => {
  await using app = await startTestApp({ clock: systemClock() });
  await using visited = await visit(browser, signedIn(app), apiOrigins(app));
  const { page, problems } = visited;
  await page.getByRole("link", { name: "Try it" }).click();
  await page.getByRole("radio", { name: "Live" }).check();
  const [first, second] = [pane(page, "First connection"), pane(page, "Second connection")];
  for (const each of [first, second]) {
    await each.getByRole("button", { name: "Connect" }).click();
    await each.getByText("connected", { exact: true }).waitFor();
    // What joins stands ready.
    await each.getByRole("button", { name: "Send chat:join" }).last().click();
    await happened(each, "chat:joined");
  }
  await first.getByLabel("Event").selectOption("chat:message");
  const payload = first.getByLabel("Payload, as JSON");
  expect(JSON.parse(await payload.inputValue())).toMatchObject({ stream_id: STREAM, message: "Hello everyone!" });
  await payload.fill("{ not json");
  await first.getByRole("button", { name: "Send chat:message" }).click();
  await first.getByText("This is not JSON").waitFor();
  await payload.fill(JSON.stringify({ stream_id: STREAM, message: "Good <b>evening</b>!" }));
  await payload.press("Control+Enter");
  await happened(first, "chat:message, after", `success true`);
  await happened(second, "chat:message", `Good <b>evening</b>!`);
  expect(await second.locator(".happenings b").count()).toBe(0);

  // A refusal is an answer, too.
  await second.getByLabel("Event").selectOption("moderation:ban");
  await second.getByRole("button", { name: "Send moderation:ban" }).click();
  await happened(second, "moderation:ban, after", "permission_denied");
  await second.getByRole("button", { name: "Disconnect" }).click();
  await second.getByText("not connected", { exact: true }).waitFor();

  // Where signing in is an event, that is sent, and the page says so.
  await page.getByRole("radio", { name: "Playback" }).check();
  const third = pane(page, "First connection");
  await third.getByRole("button", { name: "Connect" }).click();
  await happened(third, "authenticate is sent with a token");
  await third.getByRole("button", { name: "Send playing" }).click();
  await happened(third, "playing, after", "success true");
  expect(problems).toEqual([]);
});

testHere(
  "the first page says how many are here; a user is banned, a request approved, a job cancelled, a key made, an account disabled",
  async (browser) => {
    await using app = await startTestApp({ clock: systemClock() });
    const gamer = await app.connect("live", { auth: { token: await token(GAMER), app_id: "default" } });
    await gamer.ask("chat:join", { stream_id: STREAM });
    const other = await app.connect("live", { auth: { token: await token(OTHER), app_id: "default" } });
    await other.ask("chat:join", { stream_id: STREAM });
    const asGamer = { token: await token(GAMER) };
    const wish = { mediaType: "movie", tmdbId: "27205", title: "Inception" };
    await app.call("requests", "/api/v1/media/requests", { ...asGamer, json: wish });
    const job = await app.call("studio", "/api/v1/media", { ...asGamer, json: { kind: "image", prompt: "a cat" } });
    const { mediaId } = (job.body as { data: { mediaId: string } }).data;

    await using visited = await visit(browser, signedIn(app), apiOrigins(app));
    const { page, problems } = visited;
    await page.getByText("2 people are signed in on 2 connections").waitFor();
    await page.getByText("All is well").waitFor();
    expect(await page.getByRole("article", { name: "Live" }).textContent()).toMatch(/2people\s*on 2 connections/);

    await open(page, "Streams");
    await press(page, `Ban a user: ${STREAM}`);
    await page.getByRole("textbox", { name: "User" }).fill(OTHER);
    await page.getByRole("textbox", { name: "Reason" }).fill("Spam");
    await press(page, "Ban a user");
    await page.getByText(`${OTHER} is banned for good`).waitFor();
    expect(await other.next("user.banned")).toMatchObject({ user_id: OTHER, reason: "Spam", duration: null });
    expect(await other.ask("chat:join", { stream_id: STREAM })).toMatchObject({ success: false });

    await open(page, "Media requests");
    await press(page, "Approve: Inception");
    await press(page, "Approve");
    await page.locator(".pill").filter({ hasText: "approved" }).waitFor();
    const { body } = await app.call("requests", "/api/v1/media/requests", asGamer);
    expect(body).toMatchObject({ data: [{ title: "Inception", status: "approved" }] });

    await open(page, "Jobs");
    await press(page, "Cancel: image");
    await press(page, "Yes, cancel");
    await page.locator(".pill").filter({ hasText: "cancelled" }).waitFor();
    const cancelled = await app.call("studio", `/api/v1/media/${mediaId}`, asGamer);
    expect(cancelled.body).toMatchObject({ data: { status: "cancelled" } });

    await open(page, "API keys");
    await page.getByRole("button", { name: /^(Make|Add) a/ }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("player");
    await page.getByRole("textbox", { name: "Scopes" }).fill("metrics");
    await page.getByRole("dialog").getByRole("button").last().click();
    const secret = (await page.locator("code.secret").textContent()) ?? "";
    expect(app.app.house.apiKeys.allows(secret, "metrics")).toBe(true);
    await press(page, "I have it");
    await page.getByRole("cell", { name: "player", exact: true }).waitFor();

    await open(page, "Users");
    await press(page, `Disable: ${GAMER}`);
    await press(page, "Disable");
    await page.locator(".pill").filter({ hasText: "disabled" }).waitFor();
    expect(await gamer.next("unauthorized")).toBeDefined();
    expect(problems).toEqual([]);
  },
);

function signedIn({ app }: TestApp): string {
  return `${app.url("console")}/#token=${app.consoleToken}`;
}

function apiOrigins({ app }: TestApp): string[] {
  return app.listening.map(({ url }) => new URL(url).origin);
}

function pane(page: Page, name: string) {
  return page.getByRole("region", { name });
}

async function happened(pane: ReturnType<Page["locator"]>, title: string, payload = ""): Promise<void> {
  await pane.locator(".happening").filter({ hasText: title }).filter({ hasText: payload }).first().waitFor();
}

async function open(page: Page, name: string): Promise<void> {
  await page.getByRole("navigation").getByRole("link", { name, exact: true }).click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
}

/** The last button of a name: that of a dialog, where one is open. */
async function press(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name, exact: true }).last().click();
}
