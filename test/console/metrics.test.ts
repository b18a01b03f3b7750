import { expect, test } from "bun:test";
import { join } from "node:path";
import { startTestApp, type TestApp, token } from "../harness";

interface Metric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: { name: string; labels: Record<string, string>; value: number }[];
}

/** The text format of Prometheus, read strictly. */
function parse(text: string): Map<string, Metric> {
  const metrics = new Map<string, Metric>();
  let help: [string, string] = ["", ""];
  let current: Metric | undefined;
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [, kind, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (kind === "HELP") help = [name, rest];
    else if (kind === "TYPE") {
      expect([help[0], metrics.has(name)]).toEqual([name, false]);
      current = { name, type: rest, help: help[1], samples: [] };
      metrics.set(name, current);
    } else {
      const [, sample = "", labels = "", value = ""] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      const found = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [key, text]);
      expect([line, sample.startsWith(current?.name ?? "?"), /^([\d.e+-]+|Nan)$/.test(value)]).toEqual([
        line,
        true,
        true,
      ]);
      current?.samples.push({ name: sample, labels: Object.fromEntries(found), value: Number(value) });
    }
  }
  return metrics;
}

async function metricsOf(app: TestApp): Promise<Map<string, Metric>> {
  return parse((await app.call("console", "/metrics")).body as string);
}

function samplesOf(metrics: Map<string, Metric>, name: string, suffix: string, api: string): [string, number][] {
  const all = metrics.get(name)?.samples.filter((each) => each.name === name + suffix && each.labels.api === api) ?? [];
  return all.map(({ labels, value }) => [labels.le ?? "", value]);
}

/** What people are doing, so that no metric is without samples. */
async function busy(app: TestApp): Promise<void> {
  const stream_id = "stream_qwe456";
  const viewers = await Promise.all(
    ["ann", "bob", "cid"].map(async (id) => app.connect("live", { auth: { token: await token(id) } })),
  );
  for (const viewer of viewers) await viewer.ask("chat:join", { stream_id });
  for (let n = 0; n < 3; n++) {
    viewers[0]?.send("chat:message", { stream_id, message: "Hello everyone!" });
    // Its answer would wait until it is stored.
    await viewers[2]?.next("chat:message");
  }
  await viewers[1]?.ask("chat:typing", { stream_id });
  await viewers[2]?.ask("chat:message", {});
}

test("metrics follow the conventions of Prometheus", async () => {
  await using app = await startTestApp();
  await busy(app);
  const metrics = await metricsOf(app);
  const ours = [...metrics.values()].filter(({ name }) => name.startsWith("headend_"));
  expect(ours.length).toBeGreaterThan(10);
  for (const { name, type, help, samples } of ours) {
    expect(name).toMatch(/^headend(_[a-z]+)+$/);
    // Base units, as words; a counter says that it is one, and nothing else does.
    expect(name).not.toMatch(/_(ms|milliseconds|minutes|kb|kilobytes|percent)(_|$)/);
    expect([name, name.endsWith("_total")]).toEqual([name, type === "counter"]);
    expect([name, /^[A-Z0-9].{8,}/.test(help)]).toEqual([name, true]);
    expect([name, samples.length > 0]).toEqual([name, true]);
    const series = samples.map((sample) => JSON.stringify([sample.name, sample.labels]));
    expect([name, new Set(series).size]).toEqual([name, series.length]);
    for (const { labels } of samples) {
      for (const label of Object.keys(labels))
        expect(["api", "event", "outcome", "code", "version", "le"]).toContain(label);
    }
  }
  expect(metrics.get("headend_build_info")?.samples).toEqual([
    { name: "headend_build_info", labels: { version: "0.0.0-test" }, value: 1 },
  ]);
});

test("histograms: who hears what is published, and how long a sample of events takes", async () => {
  await using app = await startTestApp();
  await busy(app);
  const metrics = await metricsOf(app);
  const recipients = (suffix: string) => samplesOf(metrics, "headend_publish_recipients", suffix, "live");
  const buckets = recipients("_bucket");
  const counts = buckets.map(([, count]) => count);
  expect(buckets.map(([le]) => le)).toEqual([..."1 2 5 10 25 50 100 250 500 1000 2500 5000 10000".split(" "), "+Inf"]);
  expect(counts).toEqual([...counts].sort((a, b) => a - b));
  expect(recipients("_count")).toEqual([["", counts.at(-1) ?? 0]]);
  // Three messages to three people; typing is heard by the two others.
  const upTo = (bound: string) => buckets.find(([le]) => le === bound)?.[1] ?? 0;
  expect(upTo("5") - upTo("2")).toBeGreaterThanOrEqual(3);
  expect(upTo("2") - upTo("1")).toBeGreaterThanOrEqual(1);
  expect(recipients("_sum")[0]?.[1]).toBeGreaterThanOrEqual(3 * 3 + 2);
  expect(samplesOf(metrics, "headend_publish_recipients", "_count", "studio")).toEqual([["", 0]]);

  // The first event and then every sixteenth, refused ones included: 3 joins, 3 messages, 1 typing, 1 refusal.
  const timed = async () => samplesOf(await metricsOf(app), "headend_event_duration_seconds", "_count", "live")[0]?.[1];
  expect(await timed()).toBe(1);
  const viewer = await app.connect("live", { auth: { token: await token("dan") } });
  for (let n = 0; n < 9; n++) await viewer.ask("chat:join", {});
  expect(await timed()).toBe(2);
  const durations = samplesOf(await metricsOf(app), "headend_event_duration_seconds", "_bucket", "live");
  expect(durations[0]).toEqual(["0.00001", 2]);
  expect(durations.map(([le]) => Number(le))).toEqual(durations.map(([le]) => Number(le)).sort((a, b) => a - b));
});

test("docs/metrics.md has every metric of ours, and none that is not there", async () => {
  await using app = await startTestApp();
  const text = await Bun.file(join(import.meta.dir, "../../docs/metrics.md")).text();
  const told = new Set(text.match(/\bheadend_[a-z_]+/g)?.map((name) => name.replace(/_(bucket|sum|count)$/, "")));
  const there = [...(await metricsOf(app)).keys()].filter((name) => name.startsWith("headend_"));
  expect([...told].sort()).toEqual(there.sort());
});

test("the Grafana dashboard asks for metrics and labels that are there, and its panels fit", async () => {
  await using app = await startTestApp();
  await busy(app);
  const metrics = await metricsOf(app);
  const dashboard = await Bun.file(join(import.meta.dir, "../../docs/grafana.json")).json();
  expect(dashboard).toMatchObject({ id: null, uid: "headend", title: "Headend", schemaVersion: 39 });
  const variables: { name: string; type: string; definition?: string }[] = dashboard.templating.list;
  expect(variables.map(({ name, type }) => [name, type])).toEqual([
    ["datasource", "datasource"],
    ["instance", "query"],
  ]);
  const panels: Panel[] = dashboard.panels;
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = new Set<string>();
  for (const { type, title, gridPos, targets = [] } of panels) {
    expect(["row", "stat", "timeseries"]).toContain(type);
    expect([title, gridPos.x >= 0 && gridPos.x + gridPos.w <= 24]).toEqual([title, true]);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect([title, cells.has(`${x} ${y}`)]).toEqual([title, false]);
        cells.add(`${x} ${y}`);
      }
    }
    expect([title, targets.length > 0]).toEqual([title, type !== "row"]);
    expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    for (const target of targets) expect(target.datasource).toEqual({ type: "prometheus", uid: "\u0024{datasource}" });
  }
  const queries = [
    ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
    ...dashboard.annotations.list.map(({ expr }: { expr: string }) => expr),
    ...variables.flatMap(({ definition }) => definition ?? []),
  ];
  for (const query of queries) {
    expect([query, balanced(query)]).toEqual([query, true]);
    const names = query.match(/\b(headend|process|nodejs)_\w+/g) ?? [];
    expect([query, names.length > 0]).toEqual([query, true]);
    for (const name of names) {
      const metric = metrics.get(name) ?? metrics.get(name.replace(/_(bucket|sum|count)$/, ""));
      expect([query, metric?.samples.some((sample) => sample.name === name)]).toEqual([query, true]);
      // Only counters and histograms have a rate.
      const isRated = new RegExp(`\\b(rate|increase)\\(${name}\\b`).test(query);
      expect([query, isRated]).toEqual([query, metric?.type !== "gauge"]);
      const labels = new Set(["instance", ...(metric?.samples.flatMap(({ labels }) => Object.keys(labels)) ?? [])]);
      for (const label of labelsIn(query)) expect([query, label, labels.has(label)]).toEqual([query, label, true]);
    }
  }
});

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { x: number; y: number; w: number; h: number };
  readonly targets?: { expr: string; refId: string; datasource: object }[];
}

/** Those that a query groups by or selects with. */
function labelsIn(query: string): string[] {
  const grouped = [...query.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = ""]) =>
    list.split(",").map((label) => label.trim()),
  );
  const chosen = [...query.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map(([, label = ""]) => label);
  return [...grouped, ...chosen];
}

function balanced(query: string): boolean {
  const open: string[] = [];
  const pairs: Record<string, string> = { ")": "(", "]": "[", "}": "{" };
  for (const letter of query.replace(/"[^"]*"/g, "")) {
    if ("([{".includes(letter)) open.push(letter);
    else if (pairs[letter] && open.pop() !== pairs[letter]) return false;
  }
  return open.length === 0;
}
