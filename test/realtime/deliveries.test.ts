import { expect, test } from "bun:test";
import { startTestApp, type TestApp, token } from "../harness";

// What goes out is counted where it is sent: as often as somebody gets it.

async function deliveries(app: TestApp): Promise<number> {
  const { body } = await app.call("console", "/metrics");
  return Number(/^headend_deliveries_total\{api="live"\} (\d+)$/m.exec(body as string)?.[1]);
}

test("a message counts for each who gets it, on websockets and polling alike, and never for who does not", async () => {
  await using app = await startTestApp();
  const [a, b, c] = await Promise.all([
    viewer("a", ["websocket"]),
    viewer("b", ["polling"]),
    viewer("c", ["websocket"]),
  ]);
  // Neither in the room nor heard.
  await app.connect("live", { auth: { token: await token("d"), app_id: "default" } });
  for (const client of [a, b, c]) await client.rest();
  const steps = [
    // To everybody but the sender.
    [() => a.send("chat:typing", { stream_id: "s" }), 2],
    [() => b.send("chat:message", { stream_id: "s", message: "hello" }), 3],
    // To one socket, directly.
    [() => c.send("analytics:subscribe", { stream_id: "s" }), 1],
    // An acknowledgement is an answer and no message.
    [() => c.send("chat:leave", { stream_id: "nowhere" }, () => {}), 0],
  ] as const;
  for (const [send, expected] of steps) {
    const before = await deliveries(app);
    send();
    for (const client of [a, b, c]) await client.rest();
    expect((await deliveries(app)) - before).toBe(expected);
  }

  async function viewer(user: string, transports: string[]) {
    const auth = { token: await token(user), app_id: "default" };
    const client = await app.connect("live", { auth, transports });
    await client.next("authenticated");
    await client.ask("chat:join", { stream_id: "s" });
    return client;
  }
});
