import { commonRules } from "../../../http/access";
import { openRest } from "../../../http/serve";
import { authHandlers, authRoutes } from "./auth";
import { mediaHandlers, mediaRoutes } from "./media";
import { notificationHandlers, notificationRoutes } from "./notifications";
import { type Parts, style } from "./parts";
import { roomHandlers, roomRoutes } from "./rooms";
import { workerHandlers, workerRoutes } from "./workers";

/** REST under `/api/v1`: for users with a token, and for servers and workers with an API key. */
export const studioRest = {
  ...style,
  routes: { ...authRoutes, ...mediaRoutes, ...workerRoutes, ...roomRoutes, ...notificationRoutes },
};

export function studioHttp(parts: Parts) {
  const { house, line } = parts;
  const options = { log: house.log, isChecked: line.isChecked, rules: commonRules(house, style) };
  return openRest(studioRest, options, {
    ...authHandlers(parts),
    ...mediaHandlers(parts),
    ...workerHandlers(parts),
    ...roomHandlers(parts),
    ...notificationHandlers(parts),
  });
}
