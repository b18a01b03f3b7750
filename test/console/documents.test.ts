import { expect, test } from "bun:test";
import { APIS } from "../../src/apis";
import { testInBrowser } from "../browser";
import { startTestApp } from "../harness";

interface Document {
  openapi: string;
  info: { title: string; version: string };
  servers: { url: string }[];
  paths: Record<string, { servers?: { url: string }[] }>;
}

async function read(app: Awaited<ReturnType<typeof startTestApp>>, path: string): Promise<Document> {
  const { status, body } = await app.call("console", path);
  expect([path, status]).toEqual([path, 200]);
  return body as Document;
}

test("the console serves the document of all REST calls, with the servers that are running", async () => {
  await using app = await startTestApp();
  const document = await read(app, "/openapi.json");
  expect(document).toMatchObject({ openapi: "3.1.0", info: { title: "Headend", version: "0.0.0-test" } });
  expect(document.servers).toEqual(APIS.map(({ name }) => ({ url: app.app.url(name) })));
  for (const { name } of APIS) {
    const paths = Object.entries(document.paths).filter(([path]) => path.startsWith(`/${name}/`));
    expect([name, paths.length > 0]).toEqual([name, true]);
    for (const [, { servers }] of paths) expect(servers).toEqual([{ url: app.app.url(name) }]);
    // What it says is called as it says.
    const [path = ""] = paths.find(([, item]) => "get" in item) ?? [];
    expect((await app.call(name, path.replace(/\{\w+\}/g, "x"))).status).toBe(401);

    const alone = await read(app, `/openapi/${name}.json`);
    expect(alone.servers).toEqual([{ url: app.app.url(name) }]);
    expect(Object.keys(alone.paths).map((each) => `/${name}${each}`)).toEqual(paths.map(([each]) => each));
  }
  for (const path of ["/openapi/none.json", "/openapi/live", "/openapi/"]) {
    expect([path, (await app.call("console", path)).status]).toEqual([path, 404]);
  }
});

test("behind one port, and with fewer APIs, the documents say what is there", async () => {
  await using app = await startTestApp({ env: { HEADEND_PORT: "0", HEADEND_APIS: "live,studio" } });
  const { origin } = new URL(app.app.url("live"));
  const document = await read(app, "/openapi.json");
  expect(document.servers).toEqual([{ url: origin }]);
  expect(new Set(Object.keys(document.paths).map((path) => path.split("/")[1]))).toEqual(new Set(["studio", "live"]));
  expect((await read(app, "/openapi/live.json")).servers).toEqual([{ url: `${origin}/live` }]);
  expect((await app.call("console", "/openapi/learning.json")).status).toBe(404);
  const start = await (await fetch(`${app.app.url("console")}/docs/rest/start.js`)).text();
  expect(start).toContain("/openapi/studio.json");
  expect(start).not.toContain("learning");
});

test("beyond loopback the documents and their page need a session, as everything of the console does", async () => {
  await using app = await startTestApp({ env: { HEADEND_CONSOLE_HOST: "0.0.0.0" } });
  for (const path of [
    "/openapi.json",
    "/openapi/live.json",
    "/docs/rest",
    "/docs/rest/start.js",
    "/docs/rest/scalar.js",
  ]) {
    expect([path, (await app.call("console", path)).status]).toEqual([path, 401]);
    const token = app.app.consoleToken;
    expect([path, (await app.call("console", path, { token })).status]).toEqual([path, 200]);
  }
});

test("the page of REST calls may load and reach nothing but the console and the APIs", async () => {
  await using app = await startTestApp();
  const { headers } = await app.call("console", "/docs/rest");
  const policy = headers.get("content-security-policy") ?? "";
  const rules = new Map(policy.split("; ").map((rule) => [rule.split(" ")[0], rule.split(" ").slice(1)]));
  expect(rules.get("default-src")).toEqual(["'none'"]);
  expect(rules.get("script-src")).toEqual(["'self'"]);
  expect(rules.get("connect-src")).toEqual(["'self'", ...APIS.map(({ name }) => app.app.url(name))]);
  expect(policy).not.toContain("unsafe-eval");
  expect(headers.get("content-type")).toStartWith("text/html");
  // It is that page's alone.
  const other = (await app.call("console", "/openapi.json")).headers.get("content-security-policy");
  expect(other).not.toContain("unsafe-inline");
});

testInBrowser(
  "the page of REST calls shows and tries them, without an error and without asking elsewhere",
  async (browser) => {
    await using app = await startTestApp();
    await app.app.house.accounts.add({ email: "gamerpro@example.com", password: "correct horse battery" });
    const page = await browser.newPage();
    const complaints: string[] = [];
    const asked: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => asked.push(request.url()));

    await page.goto(`${app.app.url("console")}/docs/rest?api=live`);
    const sidebar = page.locator("aside, nav").first();
    for (const name of ["Create stream", "List messages", "Nginx rtmp"]) {
      await sidebar.getByText(name, { exact: true }).first().waitFor();
    }
    await page.getByRole("heading", { name: "Headend live API" }).first().waitFor();

    await page
      .getByRole("button", { name: /Test Request.*POST.*login/i })
      .first()
      .click();
    await page.getByRole("button", { name: /^Send/ }).first().click();
    await page.getByText("200 OK").first().waitFor();

    expect(complaints).toEqual([]);
    const origins = new Set(asked.map((url) => new URL(url).origin));
    expect(origins).toEqual(new Set([app.app.url("console"), app.app.url("live")]));
    expect(asked).toContain(`${app.app.url("live")}/v1/auth/login`);
  },
);
