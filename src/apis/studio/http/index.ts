import type { Hono } from "hono";
import { type RestEnv, restApp } from "../../../http/rest";
import { refusalBody } from "../refusals";
import { addAuth } from "./auth";
import { addMedia } from "./media";
import { addNotifications } from "./notifications";
import type { Parts } from "./parts";
import { addRooms } from "./rooms";
import { addWorkers } from "./workers";

/** REST under `/api/v1`: for users with a token, and for servers and workers with an API key. */
export function studioHttp(parts: Parts): Hono<RestEnv> {
  const app = restApp(parts.house.log, refusalBody);
  for (const add of [addAuth, addMedia, addWorkers, addRooms, addNotifications]) add(app, parts);
  return app;
}
