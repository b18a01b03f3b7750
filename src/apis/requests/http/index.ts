import { commonRules } from "../../../http/access";
import { openRest } from "../../../http/serve";
import { adminHandlers, adminRoutes } from "./admin";
import { authHandlers, authRoutes } from "./auth";
import { downloadHandlers, downloadRoutes } from "./downloads";
import { libraryHandlers, libraryRoutes } from "./library";
import { mediaHandlers, mediaRoutes } from "./media";
import { notificationHandlers, notificationRoutes } from "./notifications";
import { type Parts, style } from "./parts";

/** REST under `/api/v1`: for users with a token or a cookie, and for servers with an API key. */
export const requestsRest = {
  ...style,
  routes: {
    ...authRoutes,
    ...mediaRoutes,
    ...adminRoutes,
    ...downloadRoutes,
    ...notificationRoutes,
    ...libraryRoutes,
  },
};

export function requestsHttp(parts: Parts) {
  const { house, line } = parts;
  const options = { log: house.log, isChecked: line.isChecked, rules: commonRules(house, style) };
  return openRest(requestsRest, options, {
    ...authHandlers(parts),
    ...mediaHandlers(parts),
    ...adminHandlers(parts),
    ...downloadHandlers(parts),
    ...notificationHandlers(parts),
    ...libraryHandlers(parts),
  });
}
