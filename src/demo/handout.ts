import { APP, COURSE, INCEPTION, MOVIE, OTHER_COURSE, ROOM, STREAM, VIDEO } from "./cast";

/** Everything that a visitor of the demo needs. */
export interface Handout {
  readonly urls: Readonly<Record<string, string>>;
  /** Where the console is opened, signed in where it asks for that. */
  readonly console: string;
  readonly apiKey: string;
  readonly users: readonly {
    readonly id: string;
    readonly name: string;
    readonly email: string;
    readonly roles: readonly string[];
    readonly password: string;
    readonly token: string;
  }[];
  /** Of `user_abc123` in the document's app of the live API, where that is served. */
  readonly appToken: string | undefined;
}

/** The ids that are there, which are those of the documents. */
export const IDS = {
  movie: MOVIE,
  tmdbId: INCEPTION.tmdbId,
  room: ROOM,
  app: APP,
  stream: STREAM,
  courses: [COURSE, OTHER_COURSE],
  video: VIDEO,
} as const;

const CALLS: readonly (readonly [api: string, what: string, call: string])[] = [
  ["playback", "what GamerPro has been watching", "{url}/watching -H {gamer}"],
  ["playback", "the players at home, with their clientId", "{url}/clients -H {gamer}"],
  ["requests", "everybody's requests, newest first", "'{url}/api/v1/media/requests?all=true&limit=5' -H {admin}"],
  ["requests", "find a film despite the typing error", "'{url}/api/v1/media/search?query=incepton' -H {gamer}"],
  [
    "studio",
    "order a picture; a worker takes it",
    `{url}/api/v1/media -H {gamer} -H 'Content-Type: application/json' -d '{"kind":"image","prompt":"A goose in a suit","projectId":"${ROOM}"}'`,
  ],
  ["live", "the last lines of the chat", `'{url}/v1/streams/${STREAM}/messages?limit=5' -H {key}`],
  ["live", "who was shown the door, and why", `{url}/v1/streams/${STREAM}/moderation -H {key}`],
  ["learning", "how the class is doing", `{url}/api/v1/courses/${COURSE}/progress -H {instructor}`],
];

const HEADERS: Readonly<Record<string, string>> = {
  gamer: '"Authorization: Bearer $GAMER"',
  admin: '"Authorization: Bearer $ADMIN"',
  instructor: '"Authorization: Bearer $INSTRUCTOR"',
  key: '"X-API-Key: $KEY"',
};

/** The handout as text, whose commands can be pasted into a shell. */
export function poster({ urls, console: page, apiKey, users, appToken }: Handout, isMoving: boolean): string {
  const tokenOf = (id: string) => users.find((user) => user.id === id)?.token ?? "";
  const variables = [
    ["KEY", apiKey],
    ["GAMER", tokenOf("user_abc123")],
    ["FRIEND", tokenOf("user_xyz789")],
    ["ADMIN", tokenOf("admin")],
    ["INSTRUCTOR", tokenOf("instructor")],
    ...(appToken === undefined ? [] : [["APP_TOKEN", appToken]]),
  ];
  const calls = CALLS.filter(([api]) => urls[api] !== undefined).flatMap(([api, what, call]) => [
    `# ${api}: ${what}`,
    `curl -s ${call.replace("{url}", urls[api] ?? "").replace(/\{(\w+)\}/g, (_, name) => HEADERS[name] ?? "")}`,
  ]);
  return [
    heading("Headend demo"),
    isMoving
      ? "All five APIs are running, and people are using them. Ctrl-C ends it and leaves nothing behind."
      : "The APIs are running, with something in them. Ctrl-C ends it and leaves nothing behind.",
    heading("Look"),
    ...columns([["console", page], ...Object.entries(urls).filter(([name]) => name !== "console")]),
    heading("Sign in (any API; the password is the same on each)"),
    ...columns(users.map(({ id, email, roles, password }) => [id, email, password, roles.join(", ")])),
    heading("Look for"),
    ...columns([
      ["movie", MOVIE],
      ["request", `${INCEPTION.title}, tmdbId ${INCEPTION.tmdbId}: waits to be approved`],
      ["room", ROOM],
      ["stream", `${STREAM}, in the app default and in ${APP}`],
      ["course", `${COURSE} with ${VIDEO}, ${OTHER_COURSE}`],
    ]),
    heading("Paste this once, then any of the lines below it"),
    ...variables.map(([name, value]) => `export ${name}=${value}`),
    "",
    ...calls,
    "",
  ].join("\n");
}

function heading(text: string): string {
  return `\n${text}\n${"─".repeat(text.length)}`;
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>((all, row) => row.map((cell, n) => Math.max(all[n] ?? 0, cell.length)), []);
  return rows.map((row) => `  ${row.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join("  ")}`.trimEnd());
}
