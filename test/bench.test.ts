import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { speakersFor } from "../bench/chat";
import { drawChart } from "../bench/drawing";
import { judge, median, type Table } from "../bench/figures";
import { Crew, saturation, together } from "../bench/load/crew";
import { Histogram } from "../bench/load/histogram";
import { mintTokens } from "../bench/load/tokens";
import { frameOf, Wire } from "../bench/load/wire";
import { readOptions } from "../bench/options";
import { NAMES, programs } from "../bench/programs";
import { bar, Progress } from "../bench/progress";
import { report, text } from "../bench/results";
import { SCENARIOS } from "../bench/scenarios";
import { start, withFolder } from "../bench/server";
import { busyMs, cpuMs, HAS_PROC } from "../bench/usage";
import { rate, taken, waitMs } from "../src/domain/limits";

const TABLE: Table = {
  title: "chat, busy",
  load: "1000 viewers",
  columns: NAMES,
  rows: [
    { name: "cpuUs", label: "CPU <per> delivery", digits: 2, better: "less", figures: [0.5, 8, 7, 0.4] },
    { name: "more", label: "deliveries", digits: 0, better: "more", figures: [5000, 1000, 2000, Number.NaN] },
    { name: "plain", label: "load side", digits: 0, figures: [20, 30, 40, 50] },
  ],
  targets: [{ text: "wanted", isMet: false }],
  faults: ["a message was lost"],
  notes: ["others were busy"],
  shown: "cpuUs",
};

describe("what is asked for", () => {
  test("a scenario, and numbers that have bounds", () => {
    expect(readOptions(["chat"])).toMatchObject({ scenario: "chat", quick: false, rounds: 3, seconds: 10 });
    expect(readOptions(["all", "--rounds", "5", "--quick", "--seconds", "7"])).toMatchObject({
      quick: true,
      rounds: 5,
      seconds: 7,
    });
    expect(() => readOptions(["chat", "--rounds", "1000"])).toThrow("--rounds: a whole number from 1 to 9");
    expect(() => readOptions(["chat", "--rounds"])).toThrow("--rounds");
    expect(() => readOptions(["chat", "--fast"])).toThrow("unknown option --fast");
  });

  test("every scenario says how many steps it has", () => {
    const options = readOptions(["all", "--rounds", "2"]);
    for (const scenario of Object.values(SCENARIOS)) expect(scenario.steps(options)).toBeGreaterThan(0);
  });

  test("so many talk that none of them meets a limit, however long it lasts", () => {
    expect(speakersFor(500)).toBe(300);
    const isAllowed = (perSecond: number, speakers: number) =>
      [rate(5, 1_000), rate(100, 60_000)].every((limit) => {
        let fullAt = 0;
        for (let now = 0; now < 600_000; now += (speakers * 1000) / perSecond) {
          if (waitMs(fullAt, now, limit) > 0) return false;
          fullAt = taken(fullAt, now, limit);
        }
        return true;
      });
    for (const perSecond of [1, 20, 137, 500]) {
      expect(isAllowed(perSecond, speakersFor(perSecond))).toBe(true);
      expect(isAllowed(perSecond, Math.floor(speakersFor(perSecond) * 0.75))).toBe(false);
    }
  });
});

describe("the load side", () => {
  class Reader extends Wire {
    readonly texts: string[] = [];
    readonly ends: string[] = [];

    protected override received(bytes: Buffer, start: number, end: number): void {
      this.texts.push(bytes.toString("latin1", start, end));
    }

    protected override ended(why: string): void {
      this.ends.push(why);
    }
  }

  const UPGRADED = Buffer.from("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n");

  /** A server's frame: without a mask. */
  function served(text: string): Buffer {
    const { length } = text;
    const head = length < 126 ? [0x81, length] : [0x81, 126, length >> 8, length & 255];
    const long = [0x81, 127, 0, 0, 0, 0, length >> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255];
    return Buffer.concat([Buffer.from(length < 65_536 ? head : long), Buffer.from(text)]);
  }

  test("reads the same texts wherever TCP cuts them", () => {
    const length = fc.oneof(fc.integer({ min: 0, max: 130 }), fc.integer({ min: 65_530, max: 65_540 }));
    const texts = fc.array(
      length.map((length) => "4".padEnd(length, "x").slice(0, length)),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(texts, fc.array(fc.nat(), { maxLength: 12 }), (texts, places) => {
        const bytes = Buffer.concat([UPGRADED, ...texts.map(served)]);
        const cuts = [...places.map((place) => place % (bytes.length + 1)), 0, bytes.length].sort((a, b) => a - b);
        const reader = new Reader();
        for (const [at, cut] of cuts.entries()) reader.read(bytes.subarray(cuts[at - 1] ?? 0, cut));
        expect(reader.texts).toEqual(texts);
        expect(reader.ends).toEqual([]);
      }),
    );
  });

  test("says so when it is refused, told to go, or hears what it does not read", () => {
    const refused = new Reader();
    refused.read(Buffer.from("HTTP/1.1 429 Too Many Requests\r\n\r\n"));
    expect(refused.ends).toEqual(["refused: HTTP/1.1 429 Too Many Requests"]);
    const closed = new Reader();
    closed.read(Buffer.concat([UPGRADED, Buffer.from([0x88, 2, 3, 0xe8])]));
    expect(closed.ends).toEqual(["the server says goodbye"]);
    const binary = new Reader();
    binary.read(Buffer.concat([UPGRADED, Buffer.from([0x82, 1, 7])]));
    expect(binary.ends).toEqual(["a frame of kind 130"]);
  });

  test("what it sends is masked as the protocol demands", () => {
    for (const text of ["2", "x".repeat(125), "y".repeat(126), "z".repeat(5_000)]) {
      const frame = frameOf(text);
      const start = text.length < 126 ? 6 : 8;
      const mask = frame.subarray(start - 4, start);
      expect((frame[1] ?? 0) & 0x80).toBe(0x80);
      expect(mask.some((byte) => byte !== 0)).toBe(true);
      const plain = frame.subarray(start).map((byte, at) => byte ^ (mask[at & 3] ?? 0));
      expect(Buffer.from(plain).toString()).toBe(text);
    }
  });

  test("percentiles are right within 1 %, of several processes too", () => {
    const histogram = new Histogram();
    for (let ms = 1; ms <= 1000; ms++) histogram.add(ms);
    expect(Math.abs(histogram.percentile(0.5) / 500 - 1)).toBeLessThan(0.011);
    expect(Math.abs(histogram.percentile(0.99) / 990 - 1)).toBeLessThan(0.011);
    const slow = new Histogram();
    for (let nth = 0; nth < 3_000; nth++) slow.add(5_000);
    const both = new Histogram(histogram.toJSON(), slow.toJSON());
    expect(both.count).toBe(4_000);
    expect(Math.abs(both.percentile(0.5) / 5_000 - 1)).toBeLessThan(0.011);
    expect(new Histogram().percentile(0.5)).toBeNaN();
  });

  test("a saturated generator is found, whichever of them it is", () => {
    const mark = (cpuMs: number, lagMs: number) => {
      const lags = new Histogram();
      lags.add(lagMs);
      const counts = { elapsedMs: 1_000, said: 10, unsaid: 1, heard: 100, answered: 7, latencies: [] };
      return { ...counts, lags: lags.toJSON(), cpuMs };
    };
    const calm = together([mark(300, 1), mark(400, 2)]);
    expect(calm).toMatchObject({ said: 20, unsaid: 2, heard: 200, answered: 14, cpuMs: 700, cpuShare: 40 });
    expect(saturation(calm)).toBeUndefined();
    expect(saturation(together([mark(300, 1), mark(990, 2)]))).toContain("99 % of a core");
    expect(saturation(together([mark(300, 80), mark(400, 2)]))).toContain("event loop");
  });
});

describe("the servers", () => {
  test.each(NAMES.map((_, at) => at))("speak with the load side: server %#", async (at) => {
    for (const api of ["live", "playback"] as const) {
      const program = programs(api, false)[at];
      if (!program) throw new Error("there is no such server");
      await withFolder(async (folder) => {
        // Once the kernel is asked what it uses, once the server itself.
        await using server = await start(program, folder, HAS_PROC && api === "live");
        await using crew = new Crew(2);
        const before = await server.usage();
        await crew.open(server.port, api === "live" ? "viewer" : "player", await mintTokens(6), 2);
        await crew.mark();
        // Far below what Headend allows a user, however late the server is.
        await crew.start(12, 6);
        await Bun.sleep(300);
        const said = await crew.stop();
        expect(said).toBeGreaterThan(0);
        expect(await crew.settle(api === "live" ? said : 0, true)).toEqual([]);
        const { heard, answered, latencies } = await crew.mark();
        expect(api === "live" ? heard : answered).toBe(api === "live" ? 6 * said : said);
        expect(latencies.count).toBeGreaterThan(0);
        const after = await server.usage();
        expect(after.cpuMs).toBeGreaterThanOrEqual(before.cpuMs);
        expect(after.residentKb).toBeGreaterThan(1_000);
      });
    }
  });

  test("a message that is not heard is a fault, and so is a socket that closes", async () => {
    const [, , , bare] = programs("live", false);
    if (!bare) throw new Error("there is no such server");
    await withFolder(async (folder) => {
      await using server = await start(bare, folder);
      await using crew = new Crew(1);
      await crew.open(server.port, "visitor", await mintTokens(2), 2);
      expect(await crew.settle(0, true)).toEqual([]);
      expect(await crew.settle(1, true, 50)).toEqual(["2 sockets did not hear each of 1 messages once"]);
      expect(await crew.settle(1, false)).toEqual([]);
      await server.stop();
      // The generator hears of it in its own time.
      let faults: string[] = [];
      while (faults.length < 2) faults = await crew.settle(0, true);
      expect(faults).toEqual(["closed by the server", "closed by the server"]);
    });
  });

  test("what the kernel says is read rightly, whatever a program is called", () => {
    const fields = "S 1 1 1 0 -1 0 0 0 0 0 250 50 0 0 20 0 12 0";
    expect(cpuMs(`4711 (a b) c) ${fields}`)).toBe(3_000);
    expect(busyMs("cpu  100 10 50 9000 70 4 6 2 0 0\ncpu0 1 1 1 1\n")).toBe(1_720);
  });
});

describe("what is reported", () => {
  test("medians, and how many times better", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    const less = { label: "CPU", digits: 1, better: "less" } as const;
    const figures = [0.5, 8, 7, 0.4];
    expect(judge({ row: "x", beside: "Node", atLeast: 12 }, less, figures)).toEqual({
      text: "CPU: at least 12 times better than Node, is 16.00",
      isMet: true,
    });
    expect(judge({ row: "x", beside: "bare", atMost: 1.2 }, less, figures).isMet).toBe(false);
    expect(judge({ row: "x", beside: "bare", atMost: 1.3 }, less, figures).isMet).toBe(true);
    expect(judge({ row: "x", atMost: 0.5 }, less, figures).isMet).toBe(true);
    const more = { ...less, better: "more" } as const;
    expect(judge({ row: "x", beside: "Node", atLeast: 2 }, more, [100, 60, 1, 1]).isMet).toBe(false);
    expect(judge({ row: "x", beside: "Node", atLeast: 2 }, less, [Number.NaN, 60, 1, 1]).isMet).toBe(false);
  });

  test("the tables say figures, ratios, targets and what is wrong", () => {
    const terminal = text(TABLE).split("\n");
    expect(terminal[2]?.split(/ {2,}/)).toEqual([
      "CPU <per> delivery",
      "0.50",
      "8.00",
      "7.00",
      "0.40",
      "16.00x",
      "14.00x",
      "0.80x",
    ]);
    expect(terminal[3]?.split(/ {2,}/)).toEqual(["deliveries", "5,000", "1,000", "2,000", "–", "5.00x", "2.50x", "–"]);
    expect(terminal.slice(5)).toEqual(["NOT JUDGED: wanted", "INVALID: a message was lost", "others were busy"]);
    const sound = { ...TABLE, faults: [], targets: [...TABLE.targets, { text: "reached", isMet: true }] };
    expect(text(sound).split("\n").slice(5)).toEqual(["NOT MET: wanted", "met: reached", "others were busy"]);
    const markdown = report({ chat: { tables: [TABLE], date: "2030-01-02", host: "2 cores", how: "median of 3" } });
    expect(markdown).toContain("Measured on 2030-01-02, median of 3. 2 cores.");
    expect(markdown).toContain("| CPU <per> delivery | 0.50 | 8.00 | 7.00 | 0.40 | 16.00x | 14.00x | 0.80x |");
    expect(markdown).toContain("- INVALID: a message was lost");
  });

  test("the chart is well-formed, with a bar for every server and none beyond the picture", () => {
    const chart = drawChart([TABLE, { ...TABLE, title: "a & b", shown: "more" }, { ...TABLE, shown: "nothing" }]);
    const open: string[] = [];
    const rest = chart.replaceAll(
      /<(\/?)([a-z]+)((?: [a-zA-Z-]+="[^"<]*")*)(\/?)>/g,
      (_, end, name, _attributes, self) => {
        if (end) expect(open.pop()).toBe(name);
        else if (!self) open.push(name);
        return "";
      },
    );
    expect(open).toEqual([]);
    expect(rest).not.toMatch(/[<>]|&(?!amp;|lt;|gt;|quot;)/);
    expect(chart).not.toContain("NaN");
    const [, width = "0"] = /<svg [^>]*\bwidth="(\d+)"/.exec(chart) ?? [];
    const bars = [...chart.matchAll(/<rect class="(?:own|bar)" x="(\d+)" y="\d+" width="([\d.]+)"/g)];
    expect(bars).toHaveLength(8);
    for (const [, x, length] of bars) expect(Number(x) + Number(length)).toBeLessThan(Number(width));
  });

  test("progress is a bar on a terminal and a line a step elsewhere", () => {
    expect(bar(0)).toBe(`[${".".repeat(30)}]   0 %`);
    expect(bar(0.5)).toBe(`[${"#".repeat(15)}${".".repeat(15)}]  50 %`);
    const written = (isTTY: boolean) => {
      const parts: string[] = [];
      const progress = new Progress(2, { isTTY, write: (part) => parts.push(part) });
      progress.step("one");
      progress.step("two");
      progress.end();
      return parts;
    };
    expect(written(false)).toEqual([`${bar(0)} one\n`, `${bar(0.5)} two\n`]);
    expect(written(true)).toEqual([`\r\x1b[K${bar(0)} one`, `\r\x1b[K${bar(0.5)} two`, "\r\x1b[K"]);
  });
});
