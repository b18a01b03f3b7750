import { describe, expect, test } from "bun:test";
import type { PanelDetails } from "../../../src/console/wire";
import { act, detailsOf, rowsOf } from "../../console/desk";
import { APP, LiveApp, STREAM } from "./fixture";

const PANEL = "live/streams";
const ID = `${APP}/${STREAM}`;

function section(details: PanelDetails, title: string) {
  return details.find((each) => each.title === title)?.rows;
}

describe("streams on the console", () => {
  test("are those of all apps: the most watched first, then the newest", async () => {
    await using live = await LiveApp.start();
    await live.rest("/v1/streams", { app_id: APP, stream_id: "old", title: "Old one" });
    live.clock.pass(1_000);
    await live.rest("/v1/streams", { app_id: APP, stream_id: "new", title: "New one" });
    live.clock.pass(1_000);
    await live.rest(`/v1/streams/old/live?app_id=${APP}`, { app_id: APP });
    const watcher = await live.user("u1");
    await watcher.ask("stream:subscribe", { stream_id: "old" });
    for (const user of ["u2", "u3"]) await live.chatter(user);
    const rows = await rowsOf(live.server, PANEL);
    expect(rows.map(({ stream, viewers }) => [stream, viewers])).toEqual([
      [STREAM, 2],
      ["old", 1],
      ["new", 0],
    ]);
    expect(rows[1]).toEqual({
      id: `${APP}/old`,
      stream: "old",
      title: "Old one",
      app: APP,
      status: "live",
      viewers: 1,
      peak: 1,
      slow: null,
      since: live.clock.now(),
      created: live.clock.now() - 2_000,
    });
    expect((await rowsOf(live.server, PANEL, "NEW O")).map(({ stream }) => stream)).toEqual(["new"]);
    expect(await rowsOf(live.server, PANEL, APP)).toHaveLength(3);
  });

  test("show who watches, what was said, who is banned and what moderators did", async () => {
    await using live = await LiveApp.start();
    const talker = await live.chatter("talker", { username: "Talker" });
    const { message_id } = (await live.say(talker, "Hello")) as { message_id: string };
    await live.restrict(STREAM, "ban", "banned", null);
    await live.restrict(STREAM, "mute", "muted", 60);
    const details = await detailsOf(live.server, PANEL, ID);
    expect(section(details, "Viewers")).toMatchObject([{ user: "talker", name: "Talker" }]);
    expect(section(details, "Last messages")).toMatchObject([{ id: message_id, user: "talker", text: "Hello" }]);
    expect(section(details, "Bans")).toMatchObject([{ user: "banned", until: null, moderator: "admin 0" }]);
    expect(section(details, "Mutes")).toMatchObject([{ user: "muted", until: live.clock.now() + 60_000 }]);
    expect(section(details, "Moderation log")).toMatchObject([
      { action: "mute", target: "muted", moderator: "admin 1" },
      { action: "ban", target: "banned", moderator: "admin 0" },
    ]);
  });

  test("of ids that look like parts of an address are found all the same", async () => {
    await using live = await LiveApp.start();
    for (const app_id of ["a/b", "a%2Fb"]) {
      await live.rest("/v1/apps", { app_id, name: "Odd" });
      await live.rest("/v1/streams", { app_id, stream_id: "s/1", title: `of ${app_id}` });
    }
    for (const row of await rowsOf(live.server, PANEL)) {
      expect(await act(live.server, PANEL, "slow", row.id, { interval: "7" })).toMatchObject({ status: 200 });
      expect(await rowsOf(live.server, PANEL, String(row.title))).toMatchObject([{ app: row.app, slow: 7 }]);
    }
    for (const id of ["", "none", "/", "%", `${APP}/`, `default/${STREAM}`]) {
      const { status } = await act(live.server, PANEL, "slow-off", id);
      expect([id, status]).toEqual([id, id === "" ? 400 : 404]);
    }
  });
});

describe("an operator", () => {
  test("bans a user, who hears it and is out with every socket; the others see it", async () => {
    await using live = await LiveApp.start();
    const [first, second, other] = [await live.chatter("u1"), await live.chatter("u1"), await live.chatter("u2")];
    await other.rest();
    const fields = { target_user_id: "u1", duration: "60", reason: "Spam" };
    expect(await act(live.server, PANEL, "ban", ID, fields)).toEqual({ status: 200, message: "u1 is banned for 60 s" });
    for (const client of [first, second, other]) {
      expect(await client.next("user.banned")).toMatchObject({
        stream_id: STREAM,
        user_id: "u1",
        moderator_id: "console",
        reason: "Spam",
        duration: 60,
      });
    }
    const said = await first.ask("chat:message", { stream_id: STREAM, message: "x" });
    expect(said).toMatchObject({ code: "user_banned" });
    const log = section(await detailsOf(live.server, PANEL, ID), "Moderation log");
    expect(log).toMatchObject([{ action: "ban", target: "u1", moderator: "console", reason: "Spam" }]);
    const unban = () => act(live.server, PANEL, "unban", ID, { target_user_id: "u1" });
    expect(await unban()).toEqual({ status: 200, message: "u1 is not banned any more" });
    expect(await other.next("user.unbanned")).toMatchObject({ user_id: "u1", moderator_id: "console" });
    expect(await unban()).toMatchObject({ status: 404, field: "target_user_id" });
    expect(await first.ask("chat:join", { stream_id: STREAM })).toMatchObject({ success: true });
  });

  test("mutes and unmutes, whoever it is", async () => {
    await using live = await LiveApp.start();
    const admin = await live.chatter("admin", { role: "admin" });
    const fields = { target_user_id: "admin" };
    expect(await act(live.server, PANEL, "mute", ID, fields)).toEqual({
      status: 200,
      message: "admin is muted for good",
    });
    expect(await admin.next("user.muted")).toMatchObject({ duration: null, until: null });
    const said = await admin.ask("chat:message", { stream_id: STREAM, message: "x" });
    expect(said).toMatchObject({ code: "user_muted" });
    expect(await act(live.server, PANEL, "unmute", ID, fields)).toMatchObject({ status: 200 });
    expect(await admin.next("user.unmuted")).toMatchObject({ moderator_id: "console" });
    expect(await live.say(admin, "back")).toMatchObject({ success: true });
  });

  test("deletes a message for everybody, once", async () => {
    await using live = await LiveApp.start();
    const [talker, other] = [await live.chatter("u1"), await live.chatter("u2")];
    const { message_id } = (await live.say(talker, "Hello")) as { message_id: string };
    const remove = () => act(live.server, PANEL, "delete", ID, { message_id });
    expect(await remove()).toMatchObject({ status: 200 });
    for (const event of ["chat.message.deleted", "chat:message.deleted"]) {
      expect(await other.next(event)).toMatchObject({ message_id, moderator_id: "console" });
    }
    expect(await remove()).toMatchObject({ status: 404, field: "message_id" });
    expect(section(await detailsOf(live.server, PANEL, ID), "Last messages")).toEqual([]);
  });

  test("sets slow mode, and nothing else comes of it", async () => {
    await using live = await LiveApp.start();
    const viewer = await live.chatter("u1");
    expect(await act(live.server, PANEL, "slow", ID, { interval: "5" })).toMatchObject({ status: 200 });
    for (const event of ["chat.slow-mode", "chat:slow-mode"]) {
      expect(await viewer.next(event)).toEqual({ stream_id: STREAM, enabled: true, interval: 5 });
    }
    expect(await rowsOf(live.server, PANEL)).toMatchObject([{ slow: 5 }]);
    expect(await act(live.server, PANEL, "slow-off", ID)).toMatchObject({ status: 200 });
    for (const event of ["chat.slow-mode", "chat:slow-mode"]) {
      expect(await viewer.next(event)).toMatchObject({ enabled: false });
    }
    expect((await viewer.rest()).filter(({ event }) => event !== "error")).toEqual([]);
  });

  test("is refused what sockets are refused, by the same names, and nobody hears of it", async () => {
    await using live = await LiveApp.start();
    const viewer = await live.chatter("u1");
    const wrong = [
      ["ban", { target_user_id: "u1", duration: "0" }, "duration"],
      ["ban", { target_user_id: "u1", duration: "1.5" }, "duration"],
      ["ban", { target_user_id: "x".repeat(200) }, "target_user_id"],
      ["ban", { target_user_id: "u1", reason: "x".repeat(501) }, "reason"],
      ["ban", {}, "target_user_id"],
      ["slow", { interval: "601" }, "interval"],
      ["slow", { interval: "" }, "interval"],
      ["delete", {}, "message_id"],
    ] as const;
    for (const [action, fields, field] of wrong) {
      const answer = await act(live.server, PANEL, action, ID, fields);
      expect([action, answer.status, answer.field]).toEqual([action, 400, field]);
    }
    expect((await viewer.rest()).filter(({ event }) => event !== "error")).toEqual([]);
    expect(section(await detailsOf(live.server, PANEL, ID), "Moderation log")).toEqual([]);
  });
});
