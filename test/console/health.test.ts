import { expect, test } from "bun:test";
import { Health } from "../../src/console/health";
import type { Endpoint } from "../../src/realtime/endpoint";
import type { Host } from "../../src/runtime/host";
import { startTestApp } from "../harness";

test("a full disk, used up memory and what an API complains of are told in sentences", async () => {
  await using app = await startTestApp();
  const figures = { disk: 89, memory: 89 };
  const host = {
    disk: async () => ({ percentage: figures.disk }),
    memory: async () => ({ percentage: figures.memory }),
  } as unknown as Host;
  const complaining = { behaviour: { complaints: () => ["plex does not answer"] } } as unknown as Endpoint;
  const silent = { behaviour: {} } as unknown as Endpoint;
  const health = new Health(app.app.house, host, [silent]);
  await health.look();
  expect(health.complaints(200)).toEqual([]);
  figures.disk = 90.4;
  figures.memory = 97;
  await health.look();
  expect(health.complaints(0)).toEqual([
    "The disk of the data folder is 90 % full",
    "The memory of this machine is 97 % used",
  ]);
  expect(new Health(app.app.house, host, [silent, complaining]).complaints(0)).toEqual(["plex does not answer"]);
});

test("what cannot be read is no complaint", async () => {
  await using app = await startTestApp();
  const fails = () => Promise.reject(new Error("no such file"));
  const health = new Health(app.app.house, { disk: fails, memory: fails } as unknown as Host, []);
  await health.look();
  expect(health.complaints(0)).toEqual([]);
});
