import * as v from "valibot";
import { digits } from "../../../http/body";
import { listOf, type RouteHandlers, route } from "../../../http/route";
import { id, line, text } from "../../../realtime/fields";
import type { StreamRecord } from "../store";
import type { Stream } from "../streams";
import { show } from "../wire";
import type { LiveCallers } from "./callers";
import { named, type Parts, showRecord } from "./parts";
import { MESSAGE, STREAM } from "./shapes";

const newStream = v.object({
  ...named.entries,
  stream_id: v.optional(id()),
  title: line(1, 256),
  owner_id: v.optional(v.nullable(id()), null),
});
const liveBody = v.object({ ...named.entries, title: v.optional(line(1, 256)) });
const errorBody = v.object({ ...named.entries, error: text(1, 1000) });
const page = v.object({
  ...named.entries,
  before: v.pipe(v.optional(id()), v.description("The first message of the page after.")),
  limit: v.pipe(v.optional(digits(1, 100), "50"), v.description("How many at most.")),
});

export const streamRoutes = {
  createStream: route("POST /v1/streams", {
    summary: "Registers a stream.",
    access: "moderator or key",
    query: named,
    body: newStream,
    example: { stream_id: "stream_qwe456", title: "My stream", owner_id: "user_abc123" },
    answer: STREAM,
    status: 201,
    refuses: ["not_found", "conflict"],
  }),
  listStreams: route("GET /v1/streams", {
    summary: "The app's streams, with status, viewers and peak.",
    access: "moderator or key",
    query: named,
    answer: listOf(STREAM),
    refuses: ["not_found"],
  }),
  getStream: route("GET /v1/streams/:stream_id", {
    summary: "A stream, with status, viewers and peak.",
    access: "stream moderator or key",
    query: named,
    answer: STREAM,
    refuses: ["not_found"],
  }),
  startStream: route("POST /v1/streams/:stream_id/live", {
    summary: "The broadcast has begun: viewers hear `stream.live`, unless it had already.",
    source: "Stream Events, Stream Status Events",
    access: "stream moderator or key",
    query: named,
    body: liveBody,
    bodyIs: "optional",
    example: { title: "My stream" },
    answer: STREAM,
    refuses: ["not_found"],
  }),
  endStream: route("POST /v1/streams/:stream_id/offline", {
    summary: "The broadcast has ended: viewers hear `stream.offline`, unless it had already.",
    source: "Stream Events, Stream Status Events",
    access: "stream moderator or key",
    query: named,
    body: named,
    bodyIs: "optional",
    example: {},
    answer: STREAM,
    refuses: ["not_found"],
  }),
  failStream: route("POST /v1/streams/:stream_id/error", {
    summary: "The stream has a problem: viewers hear `stream.error`.",
    source: "Stream Events, Stream Status Events",
    access: "stream moderator or key",
    query: named,
    body: errorBody,
    example: { error: "The encoder is gone" },
    answer: STREAM,
    refuses: ["not_found"],
  }),
  listMessages: route("GET /v1/streams/:stream_id/messages", {
    summary: "Stored messages, oldest first: the newest page, or that before a message.",
    access: "stream moderator or key",
    query: page,
    answer: listOf(MESSAGE),
    refuses: ["not_found"],
  }),
};

/** Streams: made, begun and ended, and what was said on them. */
export function streamHandlers({
  streams,
  audience,
  broadcasts,
  chat,
}: Parts): RouteHandlers<typeof streamRoutes, LiveCallers> {
  const shown = (stream: Stream) => showRecord(stream.record, audience.size(stream));
  return {
    async createStream({ appId, body }) {
      const { stream_id = `stream_${Bun.randomUUIDv7()}`, title, owner_id } = await body();
      return shown(streams.register(appId, stream_id, title, owner_id));
    },
    listStreams: ({ appId }) => streams.list(appId).map((record) => showRecord(record, viewersOf(record))),
    getStream: ({ stream }) => shown(stream),
    async startStream({ stream, body }) {
      broadcasts.goLive(stream, (await body()).title);
      return shown(stream);
    },
    endStream({ stream }) {
      broadcasts.goOffline(stream);
      return shown(stream);
    },
    async failStream({ stream, body }) {
      broadcasts.fail(stream, (await body()).error);
      return shown(stream);
    },
    async listMessages({ stream, query: { limit, before } }) {
      return (await chat.page(stream.key, limit, before)).map((message) => show(stream, message));
    },
  };

  function viewersOf(record: StreamRecord): number {
    // Looking at it is no use of it.
    const stream = streams.inMemory(record);
    return stream ? audience.size(stream) : 0;
  }
}
