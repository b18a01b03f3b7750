import { expect } from "bun:test";
import { join } from "node:path";
import { token } from "../../harness";
import { runPython, testWithPython } from "../../python";
import { startPlayback } from "./fixture";

for (const transport of ["websocket", "polling"]) {
  testWithPython(`a Python client signs in, reports and obeys over ${transport}`, async () => {
    await using app = await startPlayback();
    const jwt = await token("u1");
    const heard: unknown[] = [];
    for await (const line of runPython(join(import.meta.dir, "client.py"), app.app.url("playback"), jwt, transport)) {
      heard.push(line);
      if (!("answer" in line)) continue;
      const { body } = await app.call("playback", "/clients", { token: jwt });
      const [{ clientId = "" } = {}] = body as { clientId?: string }[];
      await app.call("playback", `/client/${clientId}/playback`, { token: jwt, json: { movieId: "m-1" } });
    }
    expect(heard).toEqual([
      { clientId: expect.any(String) },
      { answer: { success: true } },
      { play: { movieId: "m-1" } },
    ]);
  });
}
