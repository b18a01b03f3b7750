import { expect, test } from "bun:test";
import { LeanSocket } from "../../../src/realtime/lean/socket";
import { fits } from "../../../src/realtime/lean/tested";
import { openLog } from "../../../src/runtime/log";
import { makeToy, startToyApp } from "../../toy";

function told(installed?: Record<string, string>): [boolean, string[]] {
  const lines: string[] = [];
  const log = openLog("debug", { write: (line) => lines.push(line) });
  const isFit = installed ? fits(log, installed) : fits(log);
  return [isFit, lines.map((line) => JSON.parse(line).msg)];
}

test("what is installed is what the lean path was tested with", () => {
  expect(told()).toEqual([true, []]);
});

test.each([
  [{ "socket.io": "4.8.5", "@socket.io/bun-engine": "0.1.2" }, "socket.io 4.8.4 and this is 4.8.5"],
  [{ "socket.io": "4.8.4", "@socket.io/bun-engine": "0.2.0" }, "@socket.io/bun-engine 0.1.2 and this is 0.2.0"],
])("with other versions nobody takes it, which is said once", (installed, why) => {
  const [isFit, lines] = told(installed);
  expect(isFit).toBe(false);
  expect(lines).toEqual([
    `HEADEND_LEAN_SOCKETS is off, since it was tested with ${why}: websockets need more memory and CPU`,
  ]);
});

test.each([
  ["on", true],
  ["off", false],
])("HEADEND_LEAN_SOCKETS=%s", async (setting, isLean) => {
  const toy = makeToy();
  await using app = await startToyApp(toy, { env: { HEADEND_LEAN_SOCKETS: setting } });
  await app.connect("studio", { transports: ["websocket"] });
  await app.connect("studio", { transports: ["polling"] });
  const isOurs = toy.sessions().map(({ socket }) => (socket as unknown) instanceof LeanSocket);
  expect(isOurs).toEqual([isLean, false]);
  expect(app.log.filter(({ level }) => level === "warn")).toEqual([]);
});
