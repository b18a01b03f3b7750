import { APIS } from "../../../src/apis";
import { describeApi } from "../../../src/console/contracts";
import { pageAssets } from "../../../src/console/page/assets";
import type {
  ApiContract,
  Figures,
  LogLine,
  PanelDetails,
  PanelInfo,
  PanelRows,
  Session,
} from "../../../src/console/wire";
import type { Row } from "../../../src/panel";

/** Text that becomes an element, or a script, wherever a page takes it for markup. */
export const MARKUP = `<img src=x onerror="document.title='hacked'"><script>document.title='hacked'</script>`;

const API_NAMES = ["playback", "requests", "studio", "live", "learning"];
const START = Date.now();
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'";

interface FakeOptions {
  readonly session?: Partial<Session>;
  readonly figures?: Partial<Figures>;
}

/**
 * A console that speaks `wire.ts` and has no server behind it: for what a real one shows only when something is wrong,
 * and for names that are markup wherever one may stand.
 */
export class FakeConsole implements Disposable {
  session: Session;
  figures: Partial<Figures>;
  /** What the page has sent, oldest first. */
  readonly asked: { readonly path: string; readonly body: Record<string, unknown> }[] = [];
  /** Answers of POST calls, by path; a sentence by default. */
  readonly answers = new Map<string, { status: number; body: unknown }>();
  rows: Row[] = ROWS;
  /** Status of every GET but the page's own files; 200 is as usual. */
  status = 200;
  readonly #streams = new Set<ReadableStreamDefaultController<Uint8Array>>();
  readonly #server: Bun.Server<undefined>;
  readonly #timer: ReturnType<typeof setInterval>;
  #seq = 0;

  constructor({ session = {}, figures = {} }: FakeOptions = {}) {
    this.session = { mayRead: true, mayChange: true, userId: "boss", name: MARKUP, version: "0.1.0", ...session };
    this.figures = figures;
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      idleTimeout: 60,
      fetch: (request) => this.#answer(request),
    });
    this.#timer = setInterval(() => this.#tick(), 1_000);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  /** Ends the streams that are open, as a server that goes away does. */
  cut(): void {
    for (const stream of this.#streams) stream.close();
    this.#streams.clear();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.cut();
    this.#server.stop(true);
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const asset = (await pageAssets()).get(url.pathname);
    if (asset) {
      return new Response(asset.body, {
        headers: { "content-type": asset.type, "content-security-policy": POLICY },
      });
    }
    if (request.method === "POST") return this.#post(url.pathname, (await request.json()) as Record<string, unknown>);
    if (this.status !== 200) return Response.json({ message: "The server stops" }, { status: this.status });
    if (url.pathname === "/session") return Response.json(this.session);
    if (!this.session.mayRead) return Response.json({ message: "Sign in" }, { status: 401 });
    if (url.pathname === "/stream") return this.#stream();
    if (url.pathname === "/panels") return Response.json(PANELS);
    if (url.pathname === "/contracts") return Response.json(CONTRACTS);
    if (url.pathname.endsWith("/details")) return Response.json(DETAILS);
    const search = url.searchParams.get("search") ?? "";
    const rows = this.rows.filter((row) => JSON.stringify(row).includes(JSON.stringify(search).slice(1, -1)));
    return Response.json({ rows } satisfies PanelRows);
  }

  #post(path: string, body: Record<string, unknown>): Response {
    this.asked.push({ path, body });
    const answer = this.answers.get(path);
    if (answer) {
      if (path === "/login" && answer.status === 200) this.session = answer.body as Session;
      return Response.json(answer.body, { status: answer.status });
    }
    if (path === "/logout") {
      this.session = { ...this.session, userId: null, name: null, mayChange: false };
      return new Response(null, { status: 204 });
    }
    if (!this.session.mayChange) return Response.json({ message: "Sign in first" }, { status: 401 });
    return Response.json({ message: `Done: ${body.action}` });
  }

  #stream(): Response {
    const streams = this.#streams;
    let own: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        own = controller;
        streams.add(controller);
        const now = Date.now();
        const history = Array.from({ length: 240 }, (_, at) => this.#look(now - (240 - at) * 1_000));
        controller.enqueue(encode("history", history, "retry: 300\n"));
        for (const line of LINES) controller.enqueue(encode("log", line));
      },
      cancel: () => void streams.delete(own),
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }

  #tick(): void {
    const line: LogLine = { ...LINE, id: `t${this.#seq++}`, time: new Date().toISOString(), message: "another line" };
    for (const stream of this.#streams) {
      stream.enqueue(encode("figures", this.#look(Date.now())));
      stream.enqueue(encode("log", line));
    }
  }

  /** Something that looks like a busy evening. */
  #look(at: number): Figures {
    const s = at / 1_000;
    const wave = (period: number, low: number, high: number, shift = 0) =>
      low + ((high - low) * (1 + Math.sin((s + shift) / period) + 0.35 * Math.sin((s * 7.3) / period))) / 2.7;
    return {
      at,
      uptimeS: 93_784,
      cpu: wave(31, 0.18, 0.46),
      rssBytes: wave(97, 150, 168) * 1024 ** 2,
      heapBytes: 61 * 1024 ** 2,
      lagMs: wave(13, 1, 6),
      databaseBytes: 214 * 1024 ** 2,
      diskFreeBytes: 81 * 1024 ** 3,
      unwritten: Math.round(wave(4, 0, 120)),
      refusals: { rate_limit_exceeded: Math.max(0, wave(17, -2, 3)), permission_denied: 0.02, invalid_request: 0.1 },
      errors: 0,
      apis: API_NAMES.map((name, n) => ({
        name,
        title: `Headend ${name} API`,
        url: `http://localhost:${7000 + n}`,
        connections: Math.round(wave(61, 40 * (n + 1), 60 * (n + 1), n * 20)),
        users: Math.round(wave(61, 35 * (n + 1), 52 * (n + 1), n * 20)),
        events: wave(9 + n, 4 + n * 3, 14 + n * 9, n * 11),
        refused: n === 3 ? wave(17, 0, 2) : 0,
        deliveries: wave(11 + n, 10, 60 + n * 130, n * 7),
      })),
      health: "ok",
      complaints: [],
      ...this.figures,
    };
  }
}

function encode(event: string, data: unknown, before = ""): Uint8Array {
  return new TextEncoder().encode(`${before}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

const LINE: LogLine = {
  id: "0",
  time: new Date(START).toISOString(),
  level: "info",
  api: "live",
  message: "a stream has begun",
  fields: { stream: "stream_qwe456", viewers: 128, title: MARKUP },
};
const LINES: readonly LogLine[] = Array.from({ length: 40 }, (_, at) => ({
  ...LINE,
  id: String(at),
  time: new Date(START - (40 - at) * 7_000).toISOString(),
  level: (["debug", "info", "info", "warn", "error"] as const)[at % 5] ?? "info",
  api: [...API_NAMES, null][at % 6] ?? null,
  message: at % 9 === 0 ? MARKUP : `line ${at} of the log`,
  fields: at % 4 === 0 ? {} : LINE.fields,
}));

const PANELS: readonly PanelInfo[] = [
  {
    api: "console",
    name: "users",
    title: "Users",
    hasDetails: true,
    columns: [
      { key: "name", title: "Name", kind: "text" },
      { key: "id", title: "Id", kind: "id" },
      { key: "state", title: "State", kind: "state" },
      { key: "done", title: "Progress", kind: "percent" },
      { key: "size", title: "Size", kind: "bytes" },
      { key: "count", title: "Messages", kind: "number" },
      { key: "seen", title: "Seen", kind: "time" },
    ],
    actions: [
      {
        name: "add",
        title: "Add a user",
        isForNone: true,
        fields: [
          { name: "email", title: "Email", kind: "text" },
          { name: "password", title: "Password", kind: "password", hint: "At least 12 characters." },
          { name: "role", title: "Role", kind: "choice", choices: ["user", "admin"], isOptional: true },
        ],
      },
      {
        name: "disable",
        title: "Disable",
        isDangerous: true,
        offeredFor: { key: "state", values: ["active"] },
        fields: [],
      },
      { name: "enable", title: "Enable", offeredFor: { key: "state", values: ["disabled"] }, fields: [] },
      {
        name: "ban",
        title: "Ban",
        isDangerous: true,
        fields: [
          { name: "reason", title: "Reason", kind: "text", initial: "Spam" },
          {
            name: "seconds",
            title: "Duration in seconds",
            kind: "number",
            isOptional: true,
            hint: "Empty is for good.",
          },
        ],
      },
      {
        name: "role",
        title: "Change role",
        fields: [{ name: "role", title: "Role", kind: "choice", choices: ["a", "b"] }],
      },
    ],
  },
  {
    api: "live",
    name: "streams",
    title: "Streams",
    hasDetails: false,
    columns: [
      { key: "title", title: "Title", kind: "text" },
      { key: "state", title: "State", kind: "state" },
    ],
    actions: [],
  },
];

const ROWS: Row[] = Array.from({ length: 24 }, (_, at) => ({
  id: `u${at}"'<b>`,
  name: at === 0 ? MARKUP : `Person ${at}`,
  state: at % 3 === 0 ? "disabled" : "active",
  done: (at * 17) % 101,
  size: 1_000 * 7 ** (at % 8),
  count: at * 1_234,
  seen: at % 5 === 0 ? null : START - at * at * 60_000,
  title: `Stream ${at}`,
}));

const DETAILS: PanelDetails = [
  {
    title: "Moderation log",
    columns: [
      { key: "at", title: "When", kind: "time" },
      { key: "what", title: "What", kind: "state" },
      { key: "why", title: "Why", kind: "text" },
    ],
    rows: [
      { id: "1", at: START - 60_000, what: "banned", why: MARKUP },
      { id: "2", at: START - 3_600_000, what: "muted", why: null },
    ],
  },
  { title: "Devices", columns: [], rows: [] },
];

const CONTRACTS: readonly ApiContract[] = APIS.map((api, n) =>
  describeApi(api)({ origin: `http://localhost:${7000 + n}`, path: "/socket.io/" }),
);
