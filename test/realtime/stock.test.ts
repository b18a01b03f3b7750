import { afterAll, beforeAll } from "bun:test";
import { STOCK_SOCKETS } from "../harness";

// What hangs on the connection, once more on the path of Socket.IO and its engine (HEADEND_LEAN_SOCKETS=off). The
// conformance suites and that of the fan-out run on both anyway.

beforeAll(() => {
  process.env[STOCK_SOCKETS] = "1";
});

afterAll(() => {
  delete process.env[STOCK_SOCKETS];
});

for (const file of ["backlog"]) await import(`./${file}.test.ts?stock`);
