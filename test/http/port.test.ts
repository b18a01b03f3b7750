import { expect, test } from "bun:test";
import { join } from "node:path";
import { stopServer } from "../../src/http/port";

const PORT = join(import.meta.dir, "..", "..", "src", "http", "port.ts");

test("a process whose server has stopped ends at once", async () => {
  const script = `
    const { stopServer } = await import(${JSON.stringify(PORT)});
    await stopServer(Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() }));
    const stoppedAt = performance.now();
    process.on("exit", () => console.log(performance.now() - stoppedAt));
  `;
  const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "inherit" });
  expect(Number(await new Response(child.stdout).text())).toBeLessThan(500);
  expect(await child.exited).toBe(0);
});

test("a call under way has a moment to end; one that does not is cut", async () => {
  const calls: (() => void)[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => new Promise((resolve) => calls.push(() => resolve(new Response("done")))),
  });
  const [ended, cut] = [fetch(server.url), fetch(server.url).catch(() => "cut")];
  while (calls.length < 2) await Bun.sleep(1);
  const stopping = stopServer(server);
  calls[0]?.();
  const stays = await Promise.race([ended, stopping.then(() => undefined)]);
  expect(stays).toBeInstanceOf(Response);
  await stopping;
  expect(await cut).toBe("cut");
});
