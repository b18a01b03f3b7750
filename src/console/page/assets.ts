interface Asset {
  readonly body: string;
  /** `Content-Type`. */
  readonly type: string;
}

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Headend</title>
<h1>Headend</h1>
<ul>
<li><a href="/healthz">/healthz</a>
<li><a href="/readyz">/readyz</a>
<li><a href="/metrics">/metrics</a>
</ul>
</html>
`;

/** The page's files, by path. */
export async function pageAssets(): Promise<ReadonlyMap<string, Asset>> {
  return new Map([["/", { body: PAGE, type: "text/html; charset=utf-8" }]]);
}
