// Makes the page's files out of its sources. Runs where there are sources: in the build, and in a server that is started
// from them.

/** The files of the page, by name. */
export type Files = ReadonlyMap<string, string>;

/** What a compiled program carries of the page. */
export const FILE_NAMES = ["index.html", "style.css", "icon.svg", "theme.js", "main.js"] as const;

/** @throws Error that says what does not compile */
export async function bundlePage(): Promise<Files> {
  const [script, theme, style, uplot, html, icon] = await Promise.all([
    compile("main.tsx", "esm"),
    compile("theme.ts", "iife"),
    read("style.css"),
    Bun.file(Bun.resolveSync("uplot/dist/uPlot.min.css", import.meta.dir)).text(),
    read("index.html"),
    read("icon.svg"),
  ]);
  return new Map<(typeof FILE_NAMES)[number], string>([
    ["index.html", html],
    // Ours after theirs, so that it counts where both speak.
    ["style.css", `${uplot}\n${style}`],
    ["icon.svg", icon],
    ["theme.js", theme],
    ["main.js", script],
  ]);
}

async function compile(name: string, format: "esm" | "iife"): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [`${import.meta.dir}/${name}`],
    target: "browser",
    format,
    minify: true,
  });
  const [output] = outputs;
  if (!output) throw new Error(`${name} makes no script`);
  return output.text();
}

function read(name: string): Promise<string> {
  return Bun.file(`${import.meta.dir}/${name}`).text();
}
