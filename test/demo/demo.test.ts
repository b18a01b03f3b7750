import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { poster } from "../../src/demo/handout";
import { here } from "../cli/here";
import type { Client } from "../client";
import { Demo } from "./process";

const GAMER = "user_abc123";

test("the fixtures are those of the documents, nothing moves without the simulation, and nothing is left behind", async () => {
  await using demo = await Demo.start(["--no-simulation"]);
  const { told } = demo;
  expect(told.ids).toEqual({
    movie: "123-456",
    tmdbId: "27205",
    room: "project-123",
    app: "app_xyz789",
    stream: "stream_qwe456",
    courses: ["course123", "abc123"],
    video: "video123",
  });
  expect(told.users.map(({ id, name, roles }) => [id, name, roles])).toEqual([
    [GAMER, "GamerPro", []],
    ["user_xyz789", "MovieBuff", []],
    ["admin", "Admin", ["admin"]],
    ["instructor", "Dr. Ada Byte", ["instructor"]],
  ]);

  // Passwords and tokens are good.
  for (const { id, email, password } of told.users) {
    const login = (api: string, path: string) => demo.call(api, path, { json: { email, password } });
    expect(await login("studio", "/api/v1/auth/login")).toMatchObject({ data: { user: { id } } });
  }
  for (const [api, path] of [
    ["playback", "/auth/login"],
    ["requests", "/api/v1/auth/login"],
    ["live", "/v1/auth/login"],
    ["learning", "/api/v1/auth/login"],
  ] as const) {
    const { name: username, password } = told.users[0] ?? { name: "", password: "" };
    await demo.call(api, path, { json: { username, email: username, password } });
  }

  expect(await demo.call("playback", "/progress/movie/123-456", { as: GAMER })).toMatchObject({ time: 1234 });
  expect(await demo.call("playback", "/clients", { as: GAMER })).toEqual([]);

  const { data: requests } = await demo.call<{ data: object[] }>("requests", "/api/v1/media/requests?all=true", {
    as: "admin",
  });
  const inception = { title: "Inception", mediaType: "movie", tmdbId: "27205" };
  expect(requests).toHaveLength(2);
  expect(requests).toContainEqual(expect.objectContaining({ ...inception, userId: GAMER, status: "pending" }));
  expect(requests).toContainEqual(expect.objectContaining({ ...inception, userId: "user_xyz789", status: "approved" }));
  const found = await demo.call("requests", "/api/v1/media/search?query=incepton", { as: GAMER });
  expect(found).toMatchObject({ data: [{ id: "movie-27205", title: "Inception", year: 2010 }] });
  const root = await demo.connect("requests", {});
  const health = await root.next<{ services: object }>("system:health");
  expect(Object.keys(health.services)).toEqual(["database", "plex", "sonarr", "radarr", "overseerr"]);

  const member = await demo.connect("studio", { token: demo.token(GAMER) });
  expect(await member.ask("joinRoom", "project-123")).toMatchObject({ success: true });
  const stranger = await demo.connect("studio", { token: demo.token("instructor") });
  expect(await stranger.ask("joinRoom", "project-123")).toMatchObject({ success: false });

  for (const [app_id, token] of [
    ["default", demo.token(GAMER)],
    ["app_xyz789", told.appToken],
  ]) {
    const viewer = await demo.connect("live", { token, app_id });
    await viewer.ask("chat:join", { stream_id: "stream_qwe456" });
    expect(await viewer.next("chat:joined")).toMatchObject({ online_users: 1, recent_messages: [] });
  }

  const { data: courses } = await demo.call<{ data: { id: string }[] }>("learning", "/api/v1/courses", { as: GAMER });
  expect(courses.map(({ id }) => id).sort()).toEqual(["abc123", "course123"]);
  const student = await demo.connect("learning", { token: demo.token(GAMER) });
  for (const course_id of ["abc123", "course123"]) {
    expect(await student.ask("join_course", { course_id })).toMatchObject({ success: true });
  }
  expect(await student.ask("join_video", { video_id: "video123" })).toMatchObject({ success: true });
  const teacher = await demo.connect("learning", { token: demo.token("instructor") });
  await teacher.ask("join_course", { course_id: "course123" });

  expect(await demo.interrupt()).toBe(0);
  expect(readdirSync(demo.folder)).toEqual([]);
});

test("with the simulation every API tells its events, and visitors are answered", async () => {
  const env = { HEADEND_PROGRESS_FLUSH_MS: "500", HEADEND_ANALYTICS_MS: "500", HEADEND_DOWNLOAD_MS: "200" };
  await using demo = await Demo.start(["--speed", "100"], env);
  const [gamer, admin] = [{ token: demo.token(GAMER) }, { token: demo.token("admin") }];

  const tv = await demo.connect("playback", {});
  await tv.ask("authenticate", gamer);
  const watching = async () => {
    const clients = await demo.call<{ activity: object | null }[]>("playback", "/clients", { as: GAMER });
    return clients.some(({ activity }) => activity !== null);
  };

  const chat = await demo.connect("live", { ...gamer, app_id: "default" });
  await chat.ask("chat:join", { stream_id: "stream_qwe456" });
  chat.send("analytics:subscribe", { stream_id: "stream_qwe456" });
  const other = await demo.connect("live", { token: demo.told.appToken, app_id: "app_xyz789" });
  await other.ask("chat:join", { stream_id: "stream_qwe456" });

  const media = await demo.connect("requests", admin, "/media");
  const desk = await demo.connect("requests", admin, "/admin");

  const project = await demo.connect("studio", gamer);
  await project.ask("joinRoom", "project-123");
  const order = { json: { kind: "hologram", prompt: "A goose" }, as: GAMER };
  const { data: job } = await demo.call<{ data: { mediaId: string } }>("studio", "/api/v1/media", order);
  const studio = await demo.connect("studio", gamer, "/media");
  await studio.ask("subscribeMedia", job.mediaId);

  const teacher = await demo.connect("learning", { token: demo.token("instructor") });
  const student = await demo.connect("learning", gamer);
  for (const socket of [teacher, student]) await socket.ask("join_course", { course_id: "course123" });
  await student.ask("join_video", { video_id: "video123" });

  const greeted = () =>
    chat.heard.some(({ payload }) => /GamerPro/.test((payload as { message?: string }).message ?? ""));
  const statuses = () => media.heard.map(({ payload }) => (payload as { currentStatus?: string }).currentStatus);
  const wanted: [string, () => boolean | Promise<boolean>][] = [
    ["GamerPro's players report", watching],
    ["and are controlled", heard(tv, "play")],
    ...[
      ...["chat:message", "chat:typing", "reaction.sent", "viewer.joined", "viewer.left", "viewer.count.update"],
      ...["stream.offline", "analytics:update", "chat.slow-mode", "chat.message.deleted", "user.muted", "user.banned"],
    ].map((event): [string, () => boolean] => [event, heard(chat, event)]),
    ["a greeting", greeted],
    ["chat in the other app", heard(other, "chat:message")],
    ...["pending", "approved", "downloading", "available"].map((status): [string, () => boolean] => [
      `a request that is ${status}`,
      () => statuses().includes(status),
    ]),
    ["downloads", heard(media, "media:download:progress")],
    ["library syncs", heard(media, "media:plex:sync")],
    ["activity", heard(desk, "admin:user:activity")],
    ["the project", heard(project, "projectUpdate")],
    ["progress of the visitor's job", heard(studio, "mediaProgress")],
    ["its end", () => heard(studio, "mediaComplete")() || heard(studio, "mediaError")()],
    ...["student_progress", "progress_update", "quiz_submission", "new_enrollment", "new_review"].map(
      (event): [string, () => boolean] => [event, heard(teacher, event)],
    ),
    ...["new_chat_message", "user_joined_video", "course_updated"].map((event): [string, () => boolean] => [
      event,
      heard(student, event),
    ]),
  ];
  const missing = async () => {
    const all = await Promise.all(wanted.map(async ([what, is]) => ((await is()) ? [] : [what])));
    return all.flat();
  };
  for (const deadline = performance.now() + 25_000; performance.now() < deadline; await Bun.sleep(100)) {
    if ((await missing()).length === 0) break;
    // Slow mode may be on.
    if (!greeted()) await chat.ask("chat:message", { stream_id: "stream_qwe456", message: "Anybody here?" });
  }
  expect(await missing()).toEqual([]);
  expect(await demo.interrupt()).toBe(0);
  expect(readdirSync(demo.folder)).toEqual([]);
}, 60_000);

test("a port that is in use is left alone, and what the poster says to paste works", async () => {
  using taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  await using demo = await Demo.start(["--no-simulation"], {
    HEADEND_LIVE_PORT: String(taken.port),
    HEADEND_APIS: "live,requests,learning",
  });
  expect(Object.keys(demo.told.urls)).toEqual(["requests", "live", "learning", "console"]);
  expect(demo.told.urls.live).not.toContain(`:${taken.port}`);
  const text = poster(demo.told, false);
  const exports = text.match(/^export .*$/gm)?.join("\n");
  const calls = text.match(/^curl .*$/gm) ?? [];
  expect(calls).toHaveLength(5);
  for (const call of calls) {
    const shell = Bun.spawn(["bash", "-c", `${exports}\n${call} --fail`], { stdout: "pipe", stderr: "pipe" });
    const answer = await new Response(shell.stdout).text();
    expect([call, await shell.exited, typeof JSON.parse(answer || "null")]).toEqual([call, 0, "object"]);
  }
  expect(await demo.interrupt()).toBe(0);
});

test("what is typed wrongly is told before anything starts", async () => {
  for (const words of [["--seed", "x"], ["--speed", "0"], ["--slow"]]) {
    expect(await here(["demo", ...words])).toMatchObject({ code: 2, stderr: expect.stringContaining(words[0] ?? "") });
  }
  const wrong = Demo.start([], { HEADEND_TOKEN_TTL: "a while" });
  await expect(wrong).rejects.toThrow("headend: HEADEND_TOKEN_TTL=a while: ");
});

function heard(client: Client, event: string): () => boolean {
  return () => client.heard.some((each) => each.event === event);
}
