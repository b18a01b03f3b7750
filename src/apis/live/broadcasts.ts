import type { House } from "../../house";
import type { Line } from "../../realtime/api";
import { iso } from "../../runtime/clock";
import type { Audience } from "./audience";
import type { LiveContract } from "./contract";
import type { LiveData } from "./session";
import { runningSince, type Stream, type Streams } from "./streams";
import { streamRoom } from "./wire";

interface BroadcastParts {
  readonly house: House;
  readonly line: Line<LiveContract, LiveData>;
  readonly streams: Streams;
  readonly audience: Audience;
}

/** What media servers say of a stream: that it begins, ends, or has a problem. Saying it twice changes nothing. */
export class Broadcasts {
  readonly #parts: BroadcastParts;

  constructor(parts: BroadcastParts) {
    this.#parts = parts;
  }

  /** The stream has begun. Saying so again changes nothing. */
  goLive(stream: Stream, title: string | undefined): void {
    const { streams, house, line, audience } = this.#parts;
    if (stream.record.status === "live") return;
    const now = house.clock.now();
    streams.change(stream, {
      status: "live",
      title: title ?? stream.record.title,
      startedAt: now,
      endedAt: null,
      error: null,
      peakViewers: audience.size(stream),
    });
    const { streamId } = stream.record;
    line.publisher.toRoom("/", streamRoom(stream), "stream.live", {
      stream_id: streamId,
      title: stream.record.title,
      started_at: iso(now),
    });
  }

  goOffline(stream: Stream): void {
    const { streams, house, line } = this.#parts;
    const { status, streamId } = stream.record;
    if (status === "offline") return;
    const now = house.clock.now();
    const startedAt = runningSince(stream.record);
    streams.change(stream, { status: "offline", endedAt: stream.record.endedAt ?? now });
    const duration = startedAt === null ? 0 : Math.max(0, Math.round((now - startedAt) / 1000));
    line.publisher.toRoom("/", streamRoom(stream), "stream.offline", {
      stream_id: streamId,
      duration,
      ended_at: iso(now),
    });
  }

  fail(stream: Stream, error: string): void {
    const { streams, line } = this.#parts;
    if (stream.record.status === "error" && stream.record.error === error) return;
    streams.change(stream, { status: "error", error });
    line.publisher.toRoom("/", streamRoom(stream), "stream.error", { stream_id: stream.record.streamId, error });
  }
}
