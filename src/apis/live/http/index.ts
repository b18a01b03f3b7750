import { openRest } from "../../../http/serve";
import { appHandlers, appRoutes } from "./apps";
import { liveRules } from "./callers";
import { hookHandlers, hookRoutes } from "./hooks";
import { moderationHandlers, moderationRoutes } from "./moderation";
import { type Parts, style } from "./parts";
import { streamHandlers, streamRoutes } from "./streams";

/** REST under `/v1` for servers with an API key and for an app's moderators, and the calls of media servers. */
export const liveRest = { ...style, routes: { ...appRoutes, ...streamRoutes, ...moderationRoutes, ...hookRoutes } };

export function liveHttp(parts: Parts) {
  const { house, isChecked } = parts;
  return openRest(
    liveRest,
    { log: house.log, isChecked, rules: liveRules(parts) },
    { ...appHandlers(parts), ...streamHandlers(parts), ...moderationHandlers(parts), ...hookHandlers(parts) },
  );
}
