import type { Action, Column, Row, Section } from "../panel";

// What the console's page and its server say to each other: JSON, all of it. Types alone, so that the page takes
// nothing of the server with it.
//
//   POST /login {login, password} | {token}     Session + cookie headend-console (HttpOnly, SameSite=Strict); 401 ErrorAnswer
//   POST /logout                                204
//   GET  /session                               Session
//   GET  /stream                                server-sent events: `history` Figures[], then `figures` Figures once a
//                                               second, and `log` LogLine (the last 200 first)
//   GET  /panels                                PanelInfo[]
//   GET  /panels/:api/:name?search=             PanelRows
//   GET  /panels/:api/:name/details?id=         Section[]
//   POST /panels/:api/:name {action,id,fields}  Done; 4xx ErrorAnswer
//   GET  /contracts                             ApiContract[]
//   POST /tokens {api, userId, role?, appId?}   Minted: a short token for the try-it page
//
// Reading is free on loopback; everything that is not GET demands a session (or `Authorization: Bearer` with the
// console's token or an admin's), and so does reading beyond loopback. 401 means: show the sign-in.

export interface Session {
  readonly mayRead: boolean;
  readonly mayChange: boolean;
  /** Null without a session; `console` for the console's token. */
  readonly userId: string | null;
  readonly name: string | null;
  readonly version: string;
}

export interface ErrorAnswer {
  readonly message: string;
  readonly field?: string;
}

/** What an API does just now. Rates are per second, over the last second. */
export interface ApiFigures {
  readonly name: string;
  readonly title: string;
  /** Where clients reach it. */
  readonly url: string;
  readonly connections: number;
  readonly users: number;
  /** Events from clients that were handled, and that were refused. */
  readonly events: number;
  readonly refused: number;
  /** Messages to clients: what is published to a room of n counts n. */
  readonly deliveries: number;
}

/** One look at the process. */
export interface Figures {
  /** Epoch ms. */
  readonly at: number;
  readonly uptimeS: number;
  /** Of one core: 1 is a whole one. */
  readonly cpu: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** p99 of the last seconds, ms. */
  readonly lagMs: number;
  readonly databaseBytes: number;
  /** Free bytes where the database lies. */
  readonly diskFreeBytes: number;
  /** What is in memory and not stored yet: positions, chat messages. */
  readonly unwritten: number;
  /** Refusals by code, and errors that were logged, per second. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly errors: number;
  readonly apis: readonly ApiFigures[];
  /** `ok`, or what is wrong, in words. */
  readonly health: "ok" | "degraded";
  readonly complaints: readonly string[];
}

export interface LogLine {
  readonly id: string;
  /** ISO 8601. */
  readonly time: string;
  readonly level: "debug" | "info" | "warn" | "error";
  readonly api: string | null;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface PanelInfo {
  /** Whose it is: an API's name, or `console`. */
  readonly api: string;
  readonly name: string;
  readonly title: string;
  readonly columns: readonly Column[];
  readonly actions: readonly Action[];
  readonly hasDetails: boolean;
}

export interface PanelRows {
  readonly rows: readonly Row[];
}

export type PanelDetails = readonly Section[];

export interface Done {
  readonly message: string;
}

/** An event as the try-it page needs it. */
export interface EventInfo {
  readonly event: string;
  readonly summary: string;
  /** Who may send it; absent for events of the server. */
  readonly access?: string;
  readonly limits?: readonly string[];
  readonly example: unknown;
  /** JSON Schema of the payload. */
  readonly schema: unknown;
}

export interface NamespaceInfo {
  readonly name: string;
  readonly access: string;
  readonly receives: readonly EventInfo[];
  readonly sends: readonly EventInfo[];
}

export interface ApiContract {
  readonly name: string;
  readonly title: string;
  readonly url: string;
  /** Socket.IO's `path` option: differs behind one port. */
  readonly path: string;
  /** An event that signs in, where the API has one and the handshake takes no token. */
  readonly signInEvent: string | null;
  readonly namespaces: readonly NamespaceInfo[];
}

export interface Minted {
  readonly token: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}
