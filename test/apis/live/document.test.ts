import { expect, test } from "bun:test";
import { join } from "node:path";
import { io, type Socket } from "socket.io-client";
import { runPython, testWithPython } from "../../python";
import { APP, LiveApp, STREAM } from "./fixture";

/** The document's chat class, in the shape of a test: what it would show is kept. */
class Chat {
  readonly socket: Socket;
  readonly shown: unknown[] = [];
  readonly #self: { stream_id: string; user_id: string; username: string };

  constructor(url: string, stream_id: string, user_id: string, username: string, token: string) {
    this.#self = { stream_id, user_id, username };
    this.socket = io(url, { auth: { token, app_id: APP }, forceNew: true });
    this.socket.on("connect", () => this.socket.emit("chat:join", this.#self));
    this.socket.on("chat:message", (data) => this.shown.push(`${data.username}: ${data.message}`));
    this.socket.on("chat:typing", (data) => this.shown.push(`${data.username} is typing...`));
    this.socket.on("viewer.count.update", (data) => this.shown.push(`Viewers: ${data.count}`));
    this.socket.on("reaction.sent", (data) => this.shown.push(`${data.emoji} from ${data.user_id}`));
    this.socket.on("user.banned", (data) => {
      if (data.user_id === user_id) this.shown.push("You have been banned from this chat");
    });
  }

  send(message: string): void {
    this.socket.emit("chat:message", { ...this.#self, message });
  }

  react(emoji: string): void {
    const { stream_id, user_id } = this.#self;
    this.socket.emit("reaction:send", { stream_id, user_id, emoji });
  }

  typing(): void {
    this.socket.emit("chat:typing", this.#self);
  }

  /** Until so much has been shown. */
  async showed(count: number): Promise<unknown[]> {
    for (const deadline = performance.now() + 5_000; this.shown.length < count && performance.now() < deadline; )
      await Bun.sleep(1);
    return this.shown;
  }
}

test("the document's chat class: what it sends right after it is made arrives, and so does all the rest", async () => {
  await using live = await LiveApp.start();
  const url = live.server.app.url("live");
  const chat = new Chat(url, STREAM, "user_abc123", "GamerPro", await live.token("user_abc123"));
  chat.send("Hello everyone!");
  chat.react("👍");
  expect(await chat.showed(3)).toEqual(["Viewers: 1", "GamerPro: Hello everyone!", "👍 from user_abc123"]);
  const other = new Chat(url, STREAM, "user_xyz789", "Viewer", await live.token("user_xyz789"));
  expect(await other.showed(1)).toEqual(["Viewers: 2"]);
  other.typing();
  other.send("Hi 👋");
  expect((await chat.showed(5)).slice(3)).toEqual(["Viewer is typing...", "Viewer: Hi 👋"]);
  await live.restrict(STREAM, "ban", "user_xyz789", 3600);
  expect((await other.showed(3)).slice(1)).toEqual(["Viewer: Hi 👋", "You have been banned from this chat"]);
  other.send("Let me in");
  chat.send("Bye");
  expect((await chat.showed(6)).slice(5)).toEqual(["GamerPro: Bye"]);
  chat.socket.close();
  other.socket.close();
});

for (const transport of ["websocket", "polling"]) {
  testWithPython(`the document's Python client hears a message over ${transport}`, async () => {
    await using live = await LiveApp.start();
    const token = await live.token("user_abc123", { username: "GamerPro" });
    const talker = await live.chatter("talker", { username: "Talker" });
    const heard: Record<string, unknown>[] = [];
    for await (const line of runPython(
      join(import.meta.dir, "client.py"),
      live.server.app.url("live"),
      token,
      APP,
      transport,
    )) {
      heard.push(line);
      if ("chat:joined" in line) await live.say(talker, "Hello Python");
    }
    expect(heard).toEqual([
      { authenticated: { user_id: "user_abc123", username: "GamerPro", app_id: APP } },
      {
        "chat:joined": {
          stream_id: STREAM,
          online_users: 2,
          slow_mode: { enabled: false, interval: 0 },
          recent_messages: [],
        },
      },
      { "chat:message": expect.objectContaining({ message: "Hello Python", username: "Talker" }) },
    ]);
  });
}
