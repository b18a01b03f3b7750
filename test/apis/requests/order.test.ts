import { expect, test } from "bun:test";
import { Downloads } from "../../../src/apis/requests/downloads";
import { openInbox } from "../../../src/apis/requests/inbox";
import { Media } from "../../../src/apis/requests/media";
import { DownloadStore, RequestStore } from "../../../src/apis/requests/store";
import type { RequestsLine, RequestsSession } from "../../../src/apis/requests/wire";
import type { Identity } from "../../../src/domain/tokens/identity";
import { Turns } from "../../../src/runtime/turns";
import { startTestApp } from "../../harness";
import { INCEPTION } from "./fixture";

// What comes in one and the same turn of the event loop, where calls over a network would hardly meet.

const ANN: Identity = {
  userId: "ann",
  email: null,
  username: "ann",
  roles: [],
  token: { id: "t", expiresAt: null, issuedAt: null, accountVersion: null, isOurs: true, claimedRoles: [] },
};

async function start() {
  const app = await startTestApp();
  const { house } = app.app;
  const told: string[] = [];
  const tell = (to: string, event: string, payload: unknown) => {
    const { currentStatus, progress } = payload as { currentStatus?: string; progress?: { downloadedBytes: number } };
    told.push(`${to}: ${currentStatus ?? progress?.downloadedBytes ?? event}`);
  };
  const line = {
    publisher: {
      toRoom: (_: string, room: string, event: string, payload: unknown) => tell(room, event, payload),
      send: (session: { id: string }, event: string, payload: unknown) => tell(session.id, event, payload),
    },
    rooms: { join: (session: { id: string }, room: string) => told.push(`${session.id} in ${room}`), leave() {} },
  } as unknown as RequestsLine;
  const turns = new Turns();
  const requests = new RequestStore(house.store);
  const media: Media = new Media({
    house,
    line,
    turns,
    store: requests,
    inbox: openInbox(house, line, turns),
    over: (id) => downloads.over(id),
  });
  const store = new DownloadStore(house.store);
  const downloads = new Downloads({ house, line, store, media, periodMs: 5_000 });
  const approved = async () => {
    const { id } = await media.create("ann", { ...INCEPTION, mediaType: "movie", seasons: null });
    await media.step(id, "approve", { by: "boss" });
    told.length = 0;
    return id;
  };
  return { app, media, downloads, requests, told, approved };
}

const report = (n: number) => ({ downloadId: `d${n}`, downloadedBytes: n, totalBytes: 10 });

test("first reports that come at once are all taken, and the request begins once", async () => {
  const { app, downloads, told, approved } = await start();
  await using _ = app;
  const id = await approved();
  await Promise.all([1, 2, 3].map((n) => downloads.report(id, report(n))));
  expect(downloads.of(id).map(({ downloadId }) => downloadId)).toEqual(["d1", "d2", "d3"]);
  expect(told.filter((each) => each.startsWith("admins"))).toEqual([
    "admins: downloading",
    "admins: 1",
    "admins: 2",
    "admins: 3",
  ]);
});

test("of a request that is over nothing runs, whatever comes at once with its end", async () => {
  const { app, media, downloads, told, approved } = await start();
  await using _ = app;
  const boss = { ...ANN, userId: "boss", roles: ["admin"] };
  for (const end of ["available", "fail", "remove"] as const) {
    for (let before = 0; before <= 3; before++) {
      const id = await approved();
      await downloads.report(id, report(0));
      const over = () => (end === "remove" ? media.remove(boss, id) : media.step(id, end, { by: "boss" }));
      const calls: (() => Promise<unknown>)[] = [1, 2, 3].map((n) => () => downloads.report(id, report(n)));
      calls.splice(before, 0, over);
      const outcomes = (await Promise.allSettled(calls.map((call) => call()))).map(({ status }) => status);
      // What came before the end is taken, what comes after it refused.
      expect(outcomes).toEqual(calls.map((_, n) => (n <= before ? "fulfilled" : "rejected")));
      expect(downloads.of(id)).toEqual([]);
      const figures = told.filter((each) => /^admins: \d/.test(each));
      expect(figures).toEqual([0, 1, 2, 3].slice(0, before + 1).map((bytes) => `admins: ${bytes}`));
      if (end === "fail") await media.remove(boss, id);
    }
  }
});

test("nobody is shown an earlier state after a later one", async () => {
  const { app, media, told, approved } = await start();
  await using _ = app;
  const id = await approved();
  const session = { id: "socket", identity: ANN, namespace: "/media", isClosing: false } as unknown as RequestsSession;
  await Promise.all([media.attend(session), media.step(id, "fail", { by: "boss" })]);
  expect(told.filter((each) => /socket|user/.test(each))).toEqual([
    "socket in user ann",
    "socket: approved",
    "user ann: failed",
    "user ann: user:notification",
    "user ann: user:notification",
  ]);
  await Promise.all([media.step(id, "approve", { by: "boss" }), media.attend(session)]);
  expect(told.at(-1)).toBe("socket: approved");
});

test("who comes while nothing can be read hears what happens later", async () => {
  const { app, media, requests, told, approved } = await start();
  await using _ = app;
  await approved();
  const session = { id: "socket", identity: ANN, namespace: "/media", isClosing: false } as unknown as RequestsSession;
  requests.list = () => Promise.reject(new Error("locked"));
  await expect(media.attend(session)).rejects.toThrow("locked");
  expect(told).toEqual(["socket in user ann"]);
});
