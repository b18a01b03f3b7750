import type { Hono } from "hono";
import { type RestEnv, restApp } from "../../../http/rest";
import { refusalBody } from "../refusals";
import { addAdmin } from "./admin";
import { addAuth } from "./auth";
import { addDownloads } from "./downloads";
import { addLibrary } from "./library";
import { addMedia } from "./media";
import { addNotifications } from "./notifications";
import type { Parts } from "./parts";

/** REST under `/api/v1`: for users with a token or a cookie, and for servers with an API key. */
export function requestsHttp(parts: Parts): Hono<RestEnv> {
  const app = restApp(parts.house.log, refusalBody);
  for (const add of [addAuth, addMedia, addAdmin, addDownloads, addNotifications, addLibrary]) add(app, parts);
  return app;
}
