import { bundlePage } from "./bundle";

// The first step of `bun run build`: what `--asset` then puts into the program. `assets.ts` reads it there.

for (const [name, text] of await bundlePage()) await Bun.write(`dist/console-page/${name}`, text);
