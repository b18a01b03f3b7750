import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";

const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const SIZES = { desktop: { width: 1360, height: 900 }, phone: { width: 390, height: 844 } } as const;

export interface Visit extends AsyncDisposable {
  readonly page: Page;
  /** What a browser complains of, and what went elsewhere: nothing, if all is well. */
  readonly problems: string[];
}

/**
 * Opens a browser's page that writes down everything that must not happen.
 *
 * @param origins that the page may talk to, besides its own
 */
export async function visit(browser: Browser, url: string, origins: readonly string[] = []): Promise<Visit> {
  const context = await browser.newContext({ viewport: SIZES.desktop, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const problems: string[] = [];
  const allowed = [new URL(url).origin, ...origins];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) problems.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`thrown: ${error.message}`));
  page.on("request", (request) => {
    const target = request.url();
    if (!/^(data|blob):/.test(target) && !allowed.includes(new URL(target).origin)) problems.push(`asked ${target}`);
  });
  page.on("websocket", (socket) => {
    const { origin } = new URL(socket.url().replace(/^ws/, "http"));
    if (!allowed.includes(origin)) problems.push(`asked ${socket.url()}`);
  });
  await page.goto(url);
  return { page, problems, [Symbol.asyncDispose]: () => context.close() };
}

/** Rows that are made as those before them: the first few stand for all. */
const REPEATED = [
  "tbody tr:nth-child(n+4)",
  ".log-line:nth-child(n+6)",
  ".event:nth-child(n+3)",
  ".happening:nth-child(n+6)",
];

/** Serious and critical violations that axe finds, one line each. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(`window.axe ?? (() => { ${AXE} })()`);
  return page.evaluate(`axe.run({ exclude: ${JSON.stringify(REPEATED.map((selector) => [selector]))} }, { resultTypes: ["violations"], preload: false }).then(({ violations }) =>
    violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, help, nodes }) => id + ": " + help + ": " + nodes.slice(0, 4).map(({ html, any }) =>
        html.slice(0, 160) + " " + (any[0]?.message ?? "")).join(" | ")))`);
}

/** How far the page is wider than its window, in pixels: what does not fit a phone. */
export async function overflow(page: Page): Promise<number> {
  return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
}
