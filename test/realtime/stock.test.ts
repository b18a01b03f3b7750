import { afterAll, beforeAll } from "bun:test";
import { STOCK_SOCKETS } from "../harness";

// Everything that is tested of sockets, once more on the path of Socket.IO and its engine: HEADEND_LEAN_SOCKETS=off.

beforeAll(() => {
  process.env[STOCK_SOCKETS] = "1";
});

afterAll(() => {
  delete process.env[STOCK_SOCKETS];
});

for (const file of ["backlog", "dispatch", "hostile", "listener", "sessions"]) await import(`./${file}.test.ts?stock`);
