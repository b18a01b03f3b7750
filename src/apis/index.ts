import type { Api } from "../realtime/api";
import { learning } from "./learning";
import { live } from "./live";
import { playback } from "./playback";
import { requests } from "./requests";
import { studio } from "./studio";

/** The APIs that this version serves: one line each. */
// biome-ignore lint/suspicious/noExplicitAny: each API has its own contract and session data; nothing here looks inside
export const APIS: readonly Api<any, any>[] = [playback, requests, studio, live, learning];
