import * as v from "valibot";
import { api } from "../../src/realtime/api";
import { defineContract, receives, sends } from "../../src/realtime/contract";
import type { Dialect } from "../../src/realtime/dialect";
import { Endpoint, type EndpointSettings } from "../../src/realtime/endpoint";
import { listen } from "../../src/realtime/listener";
import type { Session } from "../../src/realtime/session";
import { makeToy, startToyApp } from "../toy";

// The least API in which every behaviour of the two protocols can be seen: it gives back what it is sent. It stands
// behind our own listener and dispatcher, so that what is tested is what clients of the real APIs meet.

const SOURCE = "made up for the tests";
const anything = v.optional(v.any());

const receivesEcho = {
  echo: receives({ summary: "Comes back.", source: SOURCE, access: "anyone", payload: anything, example: 1 }),
  ask: receives({
    summary: "Is asked something in return, and answered with whether that was acknowledged.",
    source: SOURCE,
    access: "anyone",
    payload: anything,
    example: 1,
  }),
  leave: receives({
    summary: "Has the server close the namespace.",
    source: SOURCE,
    access: "anyone",
    payload: anything,
    example: 1,
  }),
};
const sendsEcho = {
  auth: sends({ summary: "What the handshake brought.", source: SOURCE, payload: anything, example: {} }),
  echo: sends({ summary: "What was sent.", source: SOURCE, payload: anything, example: 1 }),
  question: sends({ summary: "Wants an acknowledgement.", source: SOURCE, payload: anything, example: 1 }),
};

const contract = defineContract({
  title: "Echo",
  description: "An API of the tests.",
  document: "none",
  namespaces: {
    "/": { access: "anyone", receives: receivesEcho, sends: sendsEcho },
    "/custom": { access: "anyone", receives: receivesEcho, sends: sendsEcho },
    "/closed": { access: "user", receives: {}, sends: {} },
  },
});

type EchoSession = Session<object>;

const dialect: Dialect<object> = {
  connected: (session) => session.emit("auth", session.auth),
  signInFailed: () => true,
  ended: () => undefined,
  refused: () => undefined,
  answer: ({ message }) => ({ success: false, error: message }),
  connectError: ({ message }) => ({ message, data: {} }),
};

const echoApi = api<typeof contract, object>({
  name: "echo",
  contract,
  carriers: ["auth"],
  origins: "any",
  hasAuthDeadline: false,
  maxConnectionsPerAddress: 2_000,
  newData: () => ({}),
  dialect: () => dialect,
  open() {
    const handlers = {
      echo(session: EchoSession, payload: unknown) {
        session.emit("echo", payload);
        return { payload };
      },
      ask: async (session: EchoSession, payload: unknown) => ({ heard: await session.ask("question", payload, 2_000) }),
      leave: (session: EchoSession) => session.disconnect(false),
    };
    return {
      handlers: { "/": handlers, "/custom": handlers, "/closed": {} },
      fetch: () => new Response(null, { status: 404 }),
    };
  },
});

/** The two paths of a websocket, and whether it is the lean one. */
export const PATHS = [
  ["the lean path", true],
  ["the path of Socket.IO and its engine", false],
] as const;

/** A listener with the echo behind it. */
export interface EchoServer {
  readonly url: string;
  readonly connections: () => number;
  /** Messages of errors that it has logged. */
  readonly errors: () => unknown[];
  stop(): Promise<void>;
}

/**
 * @param isLean on which of the two paths
 * @param timing heartbeats that a test can wait for
 */
export async function startEcho(isLean: boolean, timing?: EndpointSettings["timing"]): Promise<EchoServer> {
  // The house of an app that serves something else: keys, limits, a log.
  const toy = makeToy();
  const app = await startToyApp(toy);
  const house = toy.house();
  const endpoint = new Endpoint(echoApi, house, {
    maxPayloadBytes: 65_536,
    maxConnectionsPerUser: 10,
    maxConnectionsPerAddress: 2_000,
    authDeadlineMs: 1_000,
    isLean,
    isChecked: true,
    ...(timing && { timing }),
  });
  const bound = listen({
    hostname: "127.0.0.1",
    hostSetting: "",
    port: 0,
    portSetting: "",
    wayOut: "",
    log: house.log,
    limits: house.limits,
    trustedHops: 0,
    origins: undefined,
    maxPayloadBytes: 65_536,
    isDraining: () => false,
    route: (_host, path) => ({ endpoint: endpoint as unknown as Endpoint, path }),
  });
  return {
    url: `http://127.0.0.1:${bound.port}`,
    connections: () => endpoint.connections,
    errors: () => app.log.filter(({ level }) => level === "error").map(({ msg, err }) => [msg, err]),
    async stop() {
      await endpoint.close();
      await bound.stop();
      await app[Symbol.asyncDispose]();
    },
  };
}
