import * as v from "valibot";
import { type RouteHandlers, route } from "../../../http/route";
import { id, line, text } from "../../../realtime/fields";
import { DEFAULT_APP } from "../apps";
import type { LiveCallers } from "./callers";
import { named, type Parts, showRecord } from "./parts";
import { STATUS, STREAM } from "./shapes";

const streamEvent = v.object({
  stream_id: id(),
  app_id: v.optional(id()),
  event_type: v.picklist(["stream.live", "stream.offline", "stream.error"]),
  data: v.nullish(v.object({ title: v.optional(line(1, 256)), error: v.optional(text(1, 1000)) })),
});
const rtmpCall = v.object({ call: v.string(), name: id() });

export const hookRoutes = {
  streamEvent: route("POST /internal/stream-event", {
    summary: "What a media server tells of a stream: that it is live, offline or has a problem.",
    access: "key",
    query: named,
    body: streamEvent,
    example: {
      stream_id: "stream_qwe456",
      app_id: "default",
      event_type: "stream.live",
      data: { title: "My stream" },
    },
    answer: STREAM,
    refuses: ["not_found"],
  }),
  nginxRtmp: route("POST /internal/nginx-rtmp", {
    summary: "The `on_publish` and `on_publish_done` of nginx-rtmp: a form, and the API key in the URL.",
    access: "key in query",
    query: v.object({ ...named.entries, api_key: v.optional(v.string()) }),
    body: rtmpCall,
    bodyIs: "form",
    example: { call: "publish", name: "stream_qwe456" },
    answer: STATUS,
    refuses: ["not_found"],
  }),
};

/** What media servers tell of streams. */
export function hookHandlers({ streams, audience, broadcasts }: Parts): RouteHandlers<typeof hookRoutes, LiveCallers> {
  return {
    async streamEvent(call) {
      const { stream_id, app_id = call.query.app_id ?? DEFAULT_APP, event_type, data } = await call.body();
      const stream = streams.get(app_id, stream_id);
      if (event_type === "stream.live") broadcasts.goLive(stream, data?.title);
      else if (event_type === "stream.offline") broadcasts.goOffline(stream);
      else broadcasts.fail(stream, data?.error ?? "Unknown error");
      return showRecord(stream.record, audience.size(stream));
    },

    // It can send no header.
    async nginxRtmp(call) {
      const { call: event, name } = await call.body();
      const stream = streams.get(call.query.app_id ?? DEFAULT_APP, name);
      if (event === "publish") broadcasts.goLive(stream, undefined);
      else if (event === "publish_done") broadcasts.goOffline(stream);
      return { status: stream.record.status };
    },
  };
}
