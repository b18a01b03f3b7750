import { test } from "bun:test";
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** Debian's Chromium. */
const CHROMIUM = "/usr/bin/chromium";
const hasChromium = existsSync(CHROMIUM);

/** A test in a real browser; skipped, with a line, where there is none. */
export function testInBrowser(name: string, run: (browser: Browser) => Promise<void>): void {
  if (!hasChromium) console.log(`skipped, chromium is not installed: ${name}`);
  test.skipIf(!hasChromium)(name, async () => {
    const browser = await chromium.launch({
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
    try {
      await run(browser);
    } finally {
      await browser.close();
    }
  });
}
