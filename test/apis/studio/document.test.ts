import { expect, test } from "bun:test";
import { join } from "node:path";
import { io, type Socket } from "socket.io-client";
import { token } from "../../harness";
import { runPython, testWithPython } from "../../python";
import { StudioApp } from "./fixture";

/** The document's complete client, in the shape of a test: what it would print is kept. */
class WebSocketClient {
  readonly socket: Socket;
  readonly printed: string[] = [];

  constructor(url: string, token: string, transports: string[]) {
    this.socket = io(url, { auth: { token }, transports, forceNew: true, reconnection: false });
    this.socket.on("connect", () => this.printed.push("Connected"));
    this.socket.on("welcome", (data) => this.printed.push(`Welcome: ${data.message}`));
    this.socket.on("authenticated", (data) => this.printed.push(`Authenticated as: ${data.userId}`));
    this.socket.on("authError", (data) => this.printed.push(`Auth failed: ${data.message}`));
    this.socket.on("disconnect", (reason) => this.printed.push(`Disconnected: ${reason}`));
    this.socket.on("connect_error", (error) => this.printed.push(`Connection error: ${error.message}`));
  }

  joinRoom(room: string): Promise<{ success: boolean; room?: string }> {
    return new Promise((resolve, reject) => {
      this.socket.emit("joinRoom", room, (response: { success: boolean; room?: string; error?: string }) => {
        if (response.success) resolve(response);
        else reject(new Error(response.error));
      });
    });
  }

  ping(): Promise<{ timestamp: number }> {
    return new Promise((resolve) => this.socket.emit("ping", resolve));
  }

  async prints(count: number): Promise<string[]> {
    for (const deadline = performance.now() + 5_000; this.printed.length < count && performance.now() < deadline; )
      await Bun.sleep(1);
    return this.printed;
  }
}

const TRANSPORTS = [["websocket", "polling"], ["websocket"], ["polling"]];

for (const transports of TRANSPORTS) {
  test(`the document's complete client over ${transports.join(" and ")}`, async () => {
    await using studio = await StudioApp.start();
    const url = studio.server.app.url("studio");
    const client = new WebSocketClient(url, await token("user_abc123"), transports);
    expect(await client.prints(3)).toEqual([
      "Connected",
      "Welcome: Welcome to Slop Studios",
      "Authenticated as: user_abc123",
    ]);
    const updates: unknown[] = [];
    client.socket.on("projectUpdate", (data) => updates.push(data));
    expect(await client.joinRoom("project-123")).toEqual({ success: true, room: "project-123" });
    await expect(client.joinRoom("user:somebody")).rejects.toThrow("A user's room is that user's only");
    await studio.asServer("/rooms/project-123/emit", { event: "projectUpdate", payload: { title: "New" } });
    expect((await client.ping()).timestamp).toBe(studio.clock.now());
    expect(updates).toEqual([{ title: "New" }]);
    client.socket.disconnect();
    expect((await client.prints(4))[3]).toBe("Disconnected: io client disconnect");

    const bad = new WebSocketClient(url, "your-jwt-token", transports);
    expect(await bad.prints(4)).toEqual([
      "Connected",
      "Welcome: Welcome to Slop Studios",
      "Auth failed: Invalid token",
      "Disconnected: io server disconnect",
    ]);
  });

  test(`the document's media page over ${transports.join(" and ")}: subscribed, it sees the job to its end`, async () => {
    await using studio = await StudioApp.start();
    const mediaId = await studio.job("user_abc123", { prompt: "A castle" });
    const client = await studio.user("user_abc123", "/media", {}, { transports });
    expect(await client.ask("subscribeMedia", mediaId)).toEqual({ success: true, mediaId });
    await studio.asServer("/media/claim", { worker: "w" });
    await studio.asServer(`/media/${mediaId}/progress`, { progress: 40, stage: "rendering", message: "Row 40" });
    await studio.asServer(`/media/${mediaId}/complete`, { url: "https://media.example.com/1.png" });
    expect(await client.rest()).toEqual([
      { event: "mediaProgress", payload: { mediaId, progress: 0, stage: "queued" } },
      { event: "mediaProgress", payload: { mediaId, progress: 40, stage: "rendering", message: "Row 40" } },
      { event: "mediaComplete", payload: { mediaId, url: "https://media.example.com/1.png" } },
    ]);
  });
}

for (const transport of ["websocket", "polling"]) {
  testWithPython(`a Python client hears welcome, signs in by event and pings over ${transport}`, async () => {
    await using studio = await StudioApp.start();
    const url = studio.server.app.url("studio");
    const heard: unknown[] = [];
    for await (const line of runPython(join(import.meta.dir, "client.py"), url, await token("u1"), transport))
      heard.push(line);
    const timestamp = studio.clock.now();
    expect(heard).toEqual([
      { welcome: expect.objectContaining({ message: "Welcome to Slop Studios" }) },
      { authenticated: { userId: "u1", authenticatedAt: "2026-01-01T00:00:00.000Z" } },
      { answer: { success: true, userId: "u1" } },
      { roomJoined: { room: "project-123", success: true } },
      { answer: { success: true, room: "project-123" } },
      { pong: { timestamp } },
      { answer: { success: true, timestamp } },
    ]);
  });
}
