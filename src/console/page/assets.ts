import { bundlePage, FILE_NAMES, type Files } from "./bundle";

interface Asset {
  readonly body: string;
  /** `Content-Type`. */
  readonly type: string;
}

/** The folder of `build.ts`, as `--asset` names it inside the compiled program. */
const EMBEDDED = `${import.meta.dir}/console-page`;

/** One page for both: what it shows is decided by the address. */
const PAGES = ["/", "/docs/events"];

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/**
 * The files of the console's page, by the path that each is served at: the page itself at `/` and `/docs/events`, what
 * it loads under `/page/`. They hold no inline script or style and ask for nothing elsewhere.
 *
 * A compiled program carries them; from sources they are made when they are asked for first, once in a process, which
 * takes a part of a second.
 */
export function pageAssets(): Promise<ReadonlyMap<string, Asset>> {
  Made.assets ??= load();
  return Made.assets;
}

/** They never change while a program runs, so that servers in one process (tests) share them. */
// biome-ignore lint/complexity/noStaticOnlyClass: made at first use, not when this file is imported
class Made {
  static assets: Promise<ReadonlyMap<string, Asset>> | undefined;
}

async function load(): Promise<ReadonlyMap<string, Asset>> {
  const files = (await embedded()) ?? (await bundlePage());
  const assets = new Map<string, Asset>();
  for (const [name, body] of files) {
    const asset = { body, type: TYPES[name.split(".").at(-1) ?? ""] ?? "application/octet-stream" };
    if (name === "index.html") for (const path of PAGES) assets.set(path, asset);
    else assets.set(`/page/${name}`, asset);
    // Asked for by browsers that show something else than our page: the metrics, say.
    if (name === "icon.svg") assets.set("/favicon.ico", asset);
  }
  return assets;
}

async function embedded(): Promise<Files | undefined> {
  if (!(await Bun.file(`${EMBEDDED}/index.html`).exists())) return undefined;
  const texts = FILE_NAMES.map(async (name) => [name, await Bun.file(`${EMBEDDED}/${name}`).text()] as const);
  return new Map(await Promise.all(texts));
}
