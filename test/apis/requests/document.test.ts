import { expect, test } from "bun:test";
import { io, type Socket } from "socket.io-client";
import { FakeClock } from "../../clock";
import { temporaryFolder } from "../../harness";
import { Household } from "./fixture";

/** How long what must come may take. */
const PATIENCE_MS = 5_000;

async function until(what: string, isSo: () => unknown): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`${what} did not come`);
    await Bun.sleep(2);
  }
}

/** A page whose browser holds a cookie: the document's hook and component, without React around them. */
class Page {
  readonly #url: string;
  readonly #cookie: string;
  readonly #open: Socket[] = [];
  location = "/";

  constructor(url: string, token: string) {
    this.#url = url;
    this.#cookie = `auth-token=${token}`;
  }

  /** `socketFor`, mounted. */
  socketFor(namespace = "/", options: object = {}) {
    const extraHeaders = { cookie: this.#cookie };
    const socket = io(`${this.#url}${namespace}`, { withCredentials: true, extraHeaders, ...options });
    const state = { socket, connected: false, unmount: () => void socket.close() };
    socket.on("connect", () => {
      state.connected = true;
    });
    socket.on("disconnect", () => {
      state.connected = false;
    });
    // Connection Errors
    socket.on("connect_error", (error) => {
      if (error.message === "Authentication failed") this.location = "/login";
    });
    this.#open.push(socket);
    return state;
  }

  /** `MediaRequestTracker`: every text that it would show. */
  track(requestId: string): string[] {
    const { socket } = this.socketFor("/media");
    const shown = ["Loading..."];
    let request: Record<string, unknown> = {};
    socket.on("media:request:status", (data) => {
      if (data.requestId !== requestId) return;
      request = { ...request, ...data.request, status: data.currentStatus };
      shown.push(`${request.title} Status: ${request.status}`);
    });
    return shown;
  }

  [Symbol.dispose](): void {
    for (const socket of this.#open) socket.close();
  }
}

async function pageOf(home: Household, who: string): Promise<Page> {
  return new Page(home.server.app.url("requests"), await home.token(who));
}

test("the document's hook connects to every namespace, with nothing but the cookie", async () => {
  await using home = await Household.start();
  using page = await pageOf(home, "boss");
  const hooks = ["/", "/authenticated", "/admin", "/media", "/system"].map((namespace) => page.socketFor(namespace));
  await until("every namespace", () => hooks.every(({ connected }) => connected));
  const [root, ...others] = hooks;
  // They share one connection, as Socket.IO's clients do.
  expect(new Set(hooks.map(({ socket }) => socket.io)).size).toBe(1);
  for (const { unmount } of others) unmount();
  await until("the end of them", () => others.every(({ connected }) => !connected));
  expect(root?.connected).toBe(true);
});

test("a component may come and go for as long as the page is open", async () => {
  await using home = await Household.start();
  using page = await pageOf(home, "ann");
  const root = page.socketFor("/");
  await until("the page", () => root.connected);
  const { id } = root.socket;
  for (let n = 0; n < 30; n++) {
    const media = page.socketFor("/media");
    await until("the component", () => media.connected);
    media.unmount();
    await home.clock.advance(1_000);
  }
  expect([root.connected, root.socket.id]).toEqual([true, id]);
});

test("the document's tracker shows a request from the first to the last", async () => {
  await using home = await Household.start();
  using page = await pageOf(home, "ann");
  const id = await home.request("ann");
  const shown = page.track(id);
  await until("what there is", () => shown.length === 2);
  await home.request("ann", { mediaType: "tv", tmdbId: "1", title: "Another" });
  await home.decide(id, "approve");
  await home.report(id, 1_000);
  await home.decide(id, "available");
  await until("the last", () => shown.length === 5);
  expect(shown).toEqual([
    "Loading...",
    ...["pending", "approved", "downloading", "available"].map((status) => `Inception Status: ${status}`),
  ]);
});

test("a page without a session is sent to sign in, and only where one is needed", async () => {
  await using home = await Household.start();
  using page = new Page(home.server.app.url("requests"), "stale");
  const root = page.socketFor("/");
  await until("the root", () => root.connected);
  expect(page.location).toBe("/");
  const media = page.socketFor("/media");
  await until("the refusal", () => page.location === "/login");
  expect([media.connected, media.socket.active]).toEqual([false, false]);
});

test("the document's handler of errors tells them apart by their codes", async () => {
  await using home = await Household.start();
  using page = await pageOf(home, "ann");
  const { socket } = page.socketFor("/media");
  const handled: string[] = [];
  socket.on("error", (error) => {
    switch (error.code) {
      case "UNAUTHORIZED":
        handled.push("sign in");
        break;
      case "RATE_LIMITED":
        handled.push(`wait ${error.retryAfter} s`);
        break;
      default:
        handled.push(`${error.code}: ${error.message}`);
        break;
    }
  });
  socket.emit("media:unknown", {});
  await until("a refusal", () => handled.length === 1);
  expect(handled).toEqual(["INVALID_REQUEST: Unknown event"]);
  for (let n = 0; n < 40; n++) socket.emit("media:unknown", {}, () => {});
  socket.emit("media:unknown", {});
  await until("the limit", () => handled.length === 2);
  expect(handled[1]).toBe("wait 0.05 s");
  await home.call("ann", "/auth/logout", {});
  await until("the end", () => handled.length === 3);
  expect(handled[2]).toBe("sign in");
});

test("the document's clients come back after a restart by themselves, and are right at once", async () => {
  using folder = temporaryFolder();
  const clock = new FakeClock();
  const env = { HEADEND_DATA: folder.path };
  let home = await Household.start(env, clock);
  const { port } = new URL(home.server.app.url("requests"));
  using page = await pageOf(home, "ann");
  const options = { reconnection: true, reconnectionAttempts: 50, reconnectionDelay: 20, reconnectionDelayMax: 50 };
  const [root, media] = [page.socketFor("/", options), page.socketFor("/media", options)];
  const statuses: string[] = [];
  media.socket.on("media:request:status", (data) => statuses.push(data.currentStatus));
  await until("the first connection", () => root.connected && media.connected);
  const id = await home.request("ann");
  await until("the request", () => statuses.length === 1);
  await home[Symbol.asyncDispose]();
  await until("the end", () => !root.connected && !media.connected);
  home = await Household.start({ ...env, HEADEND_REQUESTS_PORT: port }, clock);
  await using _ = home;
  await until("the second connection", () => root.connected && media.connected);
  await home.decide(id, "decline");
  await until("what there was, and what came", () => statuses.length === 3);
  expect(statuses).toEqual(["pending", "pending", "declined"]);
});
