import type { Hono } from "hono";
// The package names no such export; its name is enough for a bundler, so it is the file that is asked for.
import standalone from "../../node_modules/@scalar/api-reference/dist/browser/standalone.js" with { type: "file" };
import { type DescribedApi, openApi } from "../http/openapi";
import type { Peer } from "../http/peer";
import type { RestEnv } from "../http/rest";

interface DocumentsOptions {
  /** The APIs that are served, as whoever asks reaches them. */
  apis(peer: Peer): readonly DescribedApi[];
  readonly version: string;
}

const SCRIPT = "/docs/rest/scalar.js";
const START = "/docs/rest/start.js";

/** The document of all REST calls, and a page that shows it. Nothing on that page comes from elsewhere. */
export function addDocuments(app: Hono<RestEnv>, { apis, version }: DocumentsOptions): void {
  app.get("/openapi.json", (c) => c.json(openApi(apis(c.env.peer), version)));
  app.get("/openapi/:file{[a-z]+\\.json}", (c) => {
    const found = apis(c.env.peer).filter(({ name }) => `${name}.json` === c.req.param("file"));
    return found.length > 0 ? c.json(openApi(found, version)) : c.notFound();
  });
  app.get("/docs/rest", (c) => {
    c.header("Content-Security-Policy", policy(new Set(apis(c.env.peer).map(({ origin }) => origin))));
    return c.html(PAGE);
  });
  app.get(START, (c) => {
    c.header("Content-Type", "text/javascript; charset=utf-8");
    return c.body(start(apis(c.env.peer).map(({ name }) => name)));
  });
  app.get(SCRIPT, (c) => {
    c.header("Content-Type", "text/javascript; charset=utf-8");
    return c.body(Bun.file(standalone).stream());
  });
}

/** As strict as the page bears: its script writes its styles itself, and not all of them with a nonce. */
function policy(origins: ReadonlySet<string>): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'unsafe-inline'",
    "img-src 'self' data:",
    `connect-src ${["'self'", ...origins].join(" ")}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Headend: REST</title>
<link rel="icon" href="data:,">
</head>
<body>
<main id="reference"></main>
<script src="${SCRIPT}"></script>
<script src="${START}"></script>
</body>
</html>
`;

/** A document for each API: what is tried out goes to the server of the document. Everything off that would leave it. */
function start(names: readonly string[]): string {
  const configuration = {
    sources: names.map((name) => ({ title: name, slug: name, url: `/openapi/${name}.json` })),
    proxyUrl: "",
    withDefaultFonts: false,
    telemetry: false,
    persistAuth: false,
    hideClientButton: true,
    showDeveloperTools: "never",
    agent: { disabled: true },
    mcp: { disabled: true },
    defaultHttpClient: { targetKey: "shell", clientKey: "curl" },
  };
  return `Scalar.createApiReference("#reference", ${JSON.stringify(configuration)});\n`;
}
