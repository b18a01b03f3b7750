import { expect, test } from "bun:test";
import { overHttp, Services } from "../../../src/apis/requests/system/services";
import { FakeClock } from "../../clock";

const MINUTE_MS = 60_000;

test("a service that takes a question and never answers is offline, and keeps no other one waiting for long", async () => {
  using silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const asks = new Map([
    ["plex", overHttp(`http://127.0.0.1:${silent.port}/`)],
    ["sonarr", async () => undefined],
  ]);
  const services = new Services(new FakeClock(), asks, 50);
  const probing = services.probe();
  expect([services.areKnown, services.performance().map(({ connections }) => connections)]).toEqual([false, [1, 1]]);
  expect(await probing).toEqual([]);
  expect([...services.statuses]).toEqual([
    ["plex", "offline"],
    ["sonarr", "online"],
  ]);
  expect([services.areKnown, services.performance().map(({ connections }) => connections)]).toEqual([true, [0, 0]]);
});

test("one that hangs in the middle of its answer was there", async () => {
  const body = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1)) });
  using slow = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(body) });
  const services = new Services(
    new FakeClock(),
    new Map([["plex", overHttp(`http://127.0.0.1:${slow.port}/`)]]),
    1_000,
  );
  await services.probe();
  expect([...services.statuses]).toEqual([["plex", "online"]]);
});

test("what comes and goes counts from the second time on; what is down altogether is told otherwise", async () => {
  // Each line: the probes of a minute, and the share of them that failed for a moment.
  const cases: [probes: string, share: number][] = [
    ["....", 0],
    [".x..", 0],
    ["x..x", 0.5],
    [".x.x", 0.5],
    ["xx..", 0],
    ["xxxx", 0],
    [".xx.", 0],
    ["x.xx", 0],
    ["x.x.", 0.5],
  ];
  for (const [probes, share] of cases) {
    const clock = new FakeClock();
    let isFine = true;
    const ask = async () => {
      if (!isFine) throw new Error("HTTP 500");
    };
    const services = new Services(clock, new Map([["plex", ask]]));
    for (const probe of probes) {
      isFine = probe === ".";
      clock.pass(MINUTE_MS / 4);
      await services.probe();
    }
    expect([probes, services.unsteadiness.get("plex")]).toEqual([probes, share]);
    clock.pass(MINUTE_MS);
    expect(services.unsteadiness.get("plex")).toBe(0);
  }
});
