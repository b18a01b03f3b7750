import { afterAll, test } from "bun:test";
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** Debian's Chromium. */
const CHROMIUM = "/usr/bin/chromium";
const hasChromium = existsSync(CHROMIUM);
/** A browser is the first to be slow where others work, too. */
const PATIENCE_MS = 90_000;

type Run = (browser: Browser) => Promise<void>;

/** A test in a real browser; skipped, with a line, where there is none. */
export function testInBrowser(name: string, run: Run): void {
  testIfChromium(name, async () => {
    const browser = await launch();
    try {
      await run(browser);
    } finally {
      await browser.close();
    }
  });
}

/** As `testInBrowser`, for a file of many: they share one browser, and bring contexts of their own. */
export function browserOfFile(): (name: string, run: Run) => void {
  let browser: Promise<Browser> | undefined;
  afterAll(async () => (await browser)?.close());
  return (name, run) =>
    testIfChromium(name, async () => {
      browser ??= launch();
      await run(await browser);
    });
}

function testIfChromium(name: string, run: () => Promise<void>): void {
  if (!hasChromium) console.log(`skipped, chromium is not installed: ${name}`);
  test.skipIf(!hasChromium)(name, run, PATIENCE_MS);
}

function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    // No sandbox: containers and build machines run as root. The rest keeps it from looking for the network.
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
