import { expect, test } from "bun:test";
import { StreamStore } from "../../../src/apis/live/store";
import { Streams } from "../../../src/apis/live/streams";
import { Identities } from "../../domain/house";

test("streams that nobody uses are forgotten after an hour, or when there are very many; one that is watched stays", async () => {
  using identities = await Identities.open();
  const { clock, store } = identities;
  const streams = new Streams(new StreamStore(store), clock, true);
  const watched = streams.getOrMake("default", "watched");
  watched.watching = 1;
  const stored = streams.register("default", "stored", "Stored", null);
  for (let n = 0; n < 25_000; n++) streams.getOrMake("default", `s${n}`);
  expect(streams.size).toBeLessThanOrEqual(20_000);
  expect(streams.find("default", "watched")).toBe(watched);
  expect(streams.find("default", "s0")).toBeUndefined();
  expect(streams.find("default", "stored")?.record).toEqual(stored.record);
  clock.pass(3_600_001);
  streams.sweep();
  expect(streams.size).toBe(1);
  expect(streams.find("default", "s24999")).toBeUndefined();
  expect(streams.find("default", "stored")?.record.title).toBe("Stored");
});

test("a stream that viewers made can be registered, once", async () => {
  using identities = await Identities.open();
  const streams = new Streams(new StreamStore(identities.store), identities.clock, true);
  const made = streams.getOrMake("default", "s");
  expect(made.isStored).toBe(false);
  expect(streams.register("default", "s", "Title", "owner")).toBe(made);
  expect(made).toMatchObject({ isStored: true, record: { title: "Title", ownerId: "owner" } });
  expect(() => streams.register("default", "s", "Again", null)).toThrow("exists already");
  const again = new Streams(new StreamStore(identities.store), identities.clock, false);
  expect(again.find("default", "s")?.record).toEqual(made.record);
  expect(() => again.getOrMake("default", "unknown")).toThrow("There is no such stream");
});
