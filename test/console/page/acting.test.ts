import { expect } from "bun:test";
import type { Page } from "playwright-core";
import { browserOfFile } from "../../browser";
import { FakeConsole } from "./fake";
import { violations, visit } from "./visit";

const testHere = browserOfFile();

const USERS = "/#/panel/console/users";
const SECRET = "hk_7Qm2v9XcR4tLz8WnB5yKd1";
const SIGNED_OUT = { mayChange: false, userId: null, name: null };
const SIGNED_IN = { mayRead: true, mayChange: true, userId: "boss", name: "The boss", version: "0.1.0" };

testHere("actions ask for what they need, twice where there is no way back, and say what was done", async (browser) => {
  using fake = new FakeConsole();
  await using visited = await visit(browser, fake.url + USERS);
  const { page, problems } = visited;

  // An action without fields that cannot be undone: its dialog is the second asking.
  await press(page, "Disable: Person 1");
  expect(await dialog(page).textContent()).toContain("This cannot be undone");
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  expect(await dialog(page).count()).toBe(0);
  expect(fake.asked).toEqual([]);
  // The focus is back where it was.
  expect(await focused(page)).toBe("Disable: Person 1");
  await page.keyboard.press("Enter");
  await press(page, "Yes, disable");
  await page.getByText("Done: disable").waitFor();
  expect(fake.asked.splice(0)).toEqual([
    { path: "/panels/console/users", body: { action: "disable", id: `u1"'<b>`, fields: {} } },
  ]);

  // With fields: what was filled in is shown again, and can be changed.
  // The others are in a menu, which works by keys alone.
  await page.getByRole("button", { name: "More actions: Person 2", exact: true }).press("Enter");
  expect(await violations(page)).toEqual([]);
  await page.getByRole("menuitem", { name: "Ban" }).press("ArrowDown");
  expect(await page.evaluate<string>("document.activeElement.textContent")).toBe("Change role");
  await page.keyboard.press("Escape");
  expect(await focused(page)).toBe("More actions: Person 2");
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Ban" }).press("Enter");
  expect(await page.getByLabel("Reason").inputValue()).toBe("Spam");
  await page.getByLabel("Duration").fill("60");
  await press(page, "Ban");
  expect(await dialog(page).textContent()).toContain("Duration in seconds60");
  await press(page, "Back");
  await page.getByLabel("Duration").fill("");
  await press(page, "Ban");
  fake.answers.set("/panels/console/users", {
    status: 409,
    body: { message: "reason is too rude", field: "reason" },
  });
  await press(page, "Yes, ban");
  // A refusal leads back to the field that it names.
  await page.getByText("reason is too rude").waitFor();
  expect(await page.getByLabel("Reason").getAttribute("aria-invalid")).toBe("true");
  expect(fake.asked.splice(0)).toMatchObject([{ body: { action: "ban", fields: { reason: "Spam" } } }]);
  await press(page, "Cancel");

  // Only what fits the row is offered.
  expect(await page.getByRole("button", { name: "Enable: Person 1", exact: true }).count()).toBe(0);
  expect(await page.getByRole("button", { name: "Enable: Person 3", exact: true }).count()).toBe(1);

  // A secret stays until it is taken.
  fake.answers.set("/panels/console/users", { status: 200, body: { message: `Made. The password is ${SECRET}.` } });
  await press(page, "Add a user");
  await press(page, "Add a user", 1);
  expect(fake.asked).toEqual([]); // the browser itself asks for what is missing
  await page.getByLabel("Email").fill("ann@example.com");
  await page.getByLabel("Password").fill("correct horse battery");
  await press(page, "Add a user", 1);
  await page.locator("code.secret").waitFor();
  expect(await page.locator("code.secret").textContent()).toBe(SECRET);
  expect(await violations(page)).toEqual([]);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await press(page, "Copy the secret");
  await page.getByText("Copied").waitFor();
  expect(await page.evaluate<string>("navigator.clipboard.readText()")).toBe(SECRET);
  await press(page, "I have it");
  expect(await page.getByText(SECRET).count()).toBe(0);
  expect(fake.asked.at(-1)?.body).toEqual({
    action: "add",
    id: "",
    fields: { email: "ann@example.com", password: "correct horse battery" },
  });
  expect(problems.splice(0)).toEqual([expect.stringContaining("409")]);
});

testHere("who is not signed in may look, and is asked when something is to be changed", async (browser) => {
  using fake = new FakeConsole({ session: SIGNED_OUT });
  await using visited = await visit(browser, fake.url + USERS);
  const { page, problems } = visited;
  await press(page, "Enable: Person 3");
  await press(page, "Enable");
  await page.getByText("Changes need an admin").waitFor();
  expect(await violations(page)).toEqual([]);
  fake.answers.set("/login", { status: 401, body: { message: "Wrong name or password" } });
  await page.getByLabel("Email or name").fill("boss");
  await page.getByLabel("Password").fill("wrong");
  await press(page, "Sign in", 1);
  await page.getByText("Wrong name or password").waitFor();
  fake.answers.set("/login", { status: 200, body: SIGNED_IN });
  await page.getByLabel("Console token").first().check();
  await page.getByLabel("Console token").last().fill(" the-token ");
  await press(page, "Sign in", -1);
  // What was asked for before is done now.
  await page.getByText("Done: enable").waitFor();
  expect(fake.asked.map(({ path, body }) => [path, body.action ?? body.token ?? body.login])).toEqual([
    ["/panels/console/users", "enable"],
    ["/login", "boss"],
    ["/login", "the-token"],
    ["/panels/console/users", "enable"],
  ]);
  await page.getByText("The boss").waitFor();
  await press(page, "Sign out");
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  expect(problems.splice(0)).toEqual([expect.stringContaining("401"), expect.stringContaining("401")]);
});

testHere(
  "a token in the address signs in and is gone from it; without one nothing is shown beyond loopback",
  async (browser) => {
    using fake = new FakeConsole({ session: { ...SIGNED_OUT, mayRead: false, version: "" } });
    await using visited = await visit(browser, fake.url);
    const { page, problems } = visited;
    await page.getByText("What is here is for admins").waitFor();
    expect(await violations(page)).toEqual([]);
    fake.answers.set("/login", { status: 200, body: SIGNED_IN });
    await page.goto("about:blank");
    await page.goto(`${fake.url}/#token=${SECRET}`);
    await page.getByText("All is well").waitFor();
    expect(page.url()).toBe(`${fake.url}/`);
    expect(await page.evaluate<number>("history.length")).toBeLessThan(5);
    expect(fake.asked).toEqual([{ path: "/login", body: { token: SECRET } }]);
    expect(problems).toEqual([]);
  },
);

testHere("a stream that breaks is said, what was there stays, and it comes back by itself", async (browser) => {
  using fake = new FakeConsole();
  await using visited = await visit(browser, `${fake.url}/#/log`);
  const { page } = visited;
  await page.getByText("line 38 of the log").waitFor();
  await page.locator("[data-phase=open]").waitFor();
  fake.status = 503;
  fake.cut();
  await page.getByText("Connection lost").waitFor();
  expect(await page.getByText("line 38 of the log").count()).toBe(1);
  await page.goto(`${fake.url}${USERS}`);
  await page.locator(".trouble").filter({ hasText: "The server stops" }).waitFor();
  fake.status = 200;
  await page.locator("[data-phase=open]").waitFor();
  await page.getByText("24 rows").waitFor();
  expect(await page.locator(".trouble").count()).toBe(0);
  // The lines that both streams began with are there once.
  await page.goto(`${fake.url}/#/log`);
  expect(await page.getByText("line 38 of the log").count()).toBe(1);
});

testHere(
  "the log is held still and filtered; a table is searched and sorted; nothing there is said in words",
  async (browser) => {
    using fake = new FakeConsole();
    await using visited = await visit(browser, `${fake.url}/#/log`);
    const { page, problems } = visited;
    await page.getByText("line 38 of the log").waitFor();
    await page.getByLabel("Level").selectOption("error");
    expect(await page.locator(".level").filter({ hasNotText: "error" }).count()).toBe(0);
    await page.getByLabel("Level").selectOption("debug");
    await page.getByLabel("API").selectOption("studio");
    expect(await page.locator(".log-api").filter({ hasNotText: "studio" }).count()).toBe(0);
    await page.getByLabel("API").selectOption("");
    await press(page, "Pause");
    const held = await page.locator(".log-line").count();
    await page.getByText(/Paused; \d+ more since/).waitFor();
    expect(await page.locator(".log-line").count()).toBe(held);
    await press(page, "Go on");
    await page.getByLabel("Search the log").fill("line 38");
    await page.locator(".log-line:only-child").waitFor();

    await page.goto(`${fake.url}${USERS}`);
    await page.getByText("24 rows").waitFor();
    const first = () => page.locator("tbody tr:first-child td:first-child .clamped").textContent();
    await press(page, "Messages");
    await press(page, "Messages");
    expect(await page.locator("th[aria-sort]").getAttribute("aria-sort")).toBe("descending");
    expect(await first()).toBe("Person 23");
    await press(page, "Messages");
    expect(await first()).toContain("img");
    await page.getByLabel("Search Users").fill("Person 17");
    await page.getByText("1 row", { exact: true }).waitFor();
    expect(page.url()).toContain("search=Person+17");
    await page.getByLabel("Search Users").fill("nobody");
    await page.getByText("Nothing matches “nobody”").waitFor();
    fake.rows = [];
    await page.goto(`${fake.url}/#/panel/live/streams`);
    await page.getByText("Nothing here yet").waitFor();
    expect(problems).toEqual([]);
  },
);

function dialog(page: Page) {
  return page.getByRole("dialog");
}

/** A button by its name, or another one of that name. */
async function press(page: Page, name: string, at = 0): Promise<void> {
  const buttons = page.getByRole("button", { name, exact: true });
  await (at < 0 ? buttons.last() : buttons.nth(at)).click();
}

function focused(page: Page): Promise<string> {
  return page.evaluate("document.activeElement.getAttribute('aria-label')");
}
