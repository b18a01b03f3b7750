import { describe, expect, test } from "bun:test";
import { act, detailsOf, rowsOf } from "../../console/desk";
import { StudioApp } from "./fixture";

describe("jobs on the console", () => {
  test("are everybody's, the newest first, as far as they are now", async () => {
    await using studio = await StudioApp.start();
    const old = await studio.claimed("u1", { prompt: "A lighthouse", projectId: "p1" });
    await studio.asServer(`/media/${old}/progress`, { progress: 42, stage: "drawing" });
    const young = await studio.job("u2", { kind: "video" });
    expect(await rowsOf(studio.server, "studio/jobs")).toEqual([
      {
        id: young,
        kind: "video",
        status: "queued",
        progress: 0,
        stage: "queued",
        user: "u2",
        worker: null,
        created: studio.clock.now(),
      },
      {
        id: old,
        kind: "image",
        status: "processing",
        progress: 42,
        stage: "drawing",
        user: "u1",
        worker: "w",
        created: studio.clock.now(),
      },
    ]);
    for (const search of ["U1", "processing", "p1", old]) {
      expect((await rowsOf(studio.server, "studio/jobs", search)).map(({ id }) => id)).toEqual([old]);
    }
    const [section] = await detailsOf(studio.server, "studio/jobs", old);
    expect(section?.rows).toMatchObject([{ prompt: "A lighthouse", project: "p1", error: null, finished: null }]);
  });

  test("are cancelled by an operator: whoever follows one hears it, and its worker gets a conflict", async () => {
    await using studio = await StudioApp.start();
    const id = await studio.claimed("u1");
    const other = await studio.job("u1");
    const [follower, stranger] = [await studio.follower("u1", id), await studio.user("u2", "/media")];
    expect(await act(studio.server, "studio/jobs", "cancel", id)).toEqual({
      status: 200,
      message: "The job (image) of u1 is cancelled",
    });
    expect(await follower.next("mediaError")).toMatchObject({ mediaId: id, code: "CANCELLED" });
    expect((await studio.asServer(`/media/${id}/progress`, { progress: 1, stage: "x" })).status).toBe(409);
    expect((await studio.as("u1", `/media/${id}`)).body.data).toMatchObject({ status: "cancelled" });
    expect(await act(studio.server, "studio/jobs", "cancel", id)).toMatchObject({ status: 409 });
    expect(await act(studio.server, "studio/jobs", "cancel", "none")).toMatchObject({ status: 404 });
    expect(await rowsOf(studio.server, "studio/jobs", "queued")).toMatchObject([{ id: other }]);
    expect((await stranger.rest()).filter(({ event }) => event.startsWith("media"))).toEqual([]);
  });
});

describe("rooms on the console", () => {
  test("are those somebody is in and those with members, with who they are", async () => {
    await using studio = await StudioApp.start();
    await studio.asServer("/rooms/closed", { members: ["u1", "u3"] }, "PUT");
    const [first, second] = [await studio.user("u1"), await studio.user("u2")];
    await first.ask("joinRoom", "open");
    await second.ask("joinRoom", "open");
    await first.ask("joinRoom", "closed");
    expect(await rowsOf(studio.server, "studio/rooms")).toEqual([
      { id: "open", access: "every user", members: null, inside: 2 },
      { id: "closed", access: "members", members: 2, inside: 1 },
    ]);
    expect((await rowsOf(studio.server, "studio/rooms", "CLO")).map(({ id }) => id)).toEqual(["closed"]);
    const [inside, members] = await detailsOf(studio.server, "studio/rooms", "closed");
    expect(inside?.rows).toMatchObject([{ user: "u1", namespace: "/" }]);
    expect(members?.rows).toEqual([{ id: "u1" }, { id: "u3" }]);
    const [both, nobody] = await detailsOf(studio.server, "studio/rooms", "open");
    expect(both?.rows.map(({ user }) => user)).toEqual(["u1", "u2"]);
    expect(nobody?.rows).toEqual([]);
    await first.ask("leaveRoom", "open");
    await second.ask("leaveRoom", "open");
    expect(await rowsOf(studio.server, "studio/rooms", "open")).toEqual([]);
  });
});
