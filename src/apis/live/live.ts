import type { Chat } from "../../domain/chat/chat";
import type { Moderation } from "../../domain/moderation/moderation";
import { Presence } from "../../domain/presence/presence";
import type { House } from "../../house";
import type { Line } from "../../realtime/api";
import { fitting } from "../../realtime/snapshot";
import { Refusal } from "../../refusal";
import { iso } from "../../runtime/clock";
import { memberOf } from "./apps";
import { Audience } from "./audience";
import { Authority } from "./authority";
import type { LiveContract } from "./contract";
import { forgetName, giveName, nameOf } from "./names";
import type { LiveData, StreamState } from "./session";
import type { Staff } from "./staff";
import { runningSince, type Stream, type Streams } from "./streams";
import { chatRoom, type LiveSession, show, shown, streamRoom, userOf } from "./wire";

interface LiveParts {
  readonly house: House;
  readonly line: Line<LiveContract, LiveData>;
  readonly streams: Streams;
  readonly staff: Staff;
  readonly chat: Chat;
  readonly moderation: Moderation;
  readonly viewerCountMs: number;
  readonly analyticsMs: number;
}

/** What users do on streams: come and go, talk and react. */
export class Live {
  readonly #parts: LiveParts;
  readonly #chatters: Presence;
  readonly audience: Audience;
  readonly authority: Authority;
  /** Sockets that want analytics, by stream. */
  readonly #analysts = new Map<Stream, Set<LiveSession>>();

  constructor(parts: LiveParts) {
    this.#parts = parts;
    const { clock, ticker } = parts.house;
    const { house, line, streams, staff, chat, moderation } = parts;
    this.audience = new Audience(house, line, streams, parts.viewerCountMs);
    const putOut = (stream: Stream, user: string) => this.#putOut(stream, user);
    this.authority = new Authority({ house, line, staff, chat, moderation, putOut });
    this.#chatters = new Presence(clock, ticker, 0, {
      left: (place, userId) => {
        const stream = streams.byKey(place);
        if (stream) forgetName(stream, userId);
      },
    });
    ticker.every("analytics", parts.analyticsMs, () => {
      for (const [stream, sessions] of this.#analysts) {
        const figures = this.analytics(stream);
        for (const session of sessions) line.publisher.send(session, "analytics:update", figures);
      }
    });
    ticker.every("store peaks of viewers", 10_000, () => streams.savePeaks());
    ticker.every("forget idle streams", 60_000, () => streams.sweep());
  }

  /** Joins the chat and tells what there is to know. @throws Refusal of a banned user, or `conflict` over the name */
  join(session: LiveSession, stream: Stream, username: string | undefined): void {
    const { chat, moderation, line } = this.#parts;
    const user = userOf(session);
    const banned = moderation.banRefusal(stream.key, user);
    if (banned) throw banned;
    const known = stream.names.get(user) ?? session.identity?.username ?? user;
    this.#rename(stream, user, username ?? known, username !== undefined);
    const state = this.#state(session, stream);
    state.isChatting = true;
    state.hasChatted = true;
    this.#chatters.enter(stream.key, user, session);
    line.rooms.join(session, chatRoom(stream));
    line.publisher.send(session, "chat:joined", {
      stream_id: stream.record.streamId,
      online_users: this.#chatters.count(stream.key),
      slow_mode: this.authority.slowMode(stream),
      recent_messages: [...fitting(chat.recent(stream.key).map((message) => show(stream, message)))],
    });
    this.audience.watch(session, stream);
  }

  leave(session: LiveSession, stream: Stream): void {
    const state = session.data.streams.get(stream.record.streamId);
    if (!state?.isChatting) return;
    state.isChatting = false;
    this.#leaveChat(session, stream);
    if (!state.isSubscribed) this.audience.unwatch(session, stream);
  }

  isBanned(session: LiveSession, stream: Stream): boolean {
    return this.#parts.moderation.banRefusal(stream.key, userOf(session)) !== undefined;
  }

  /** Whether the socket is a viewer's, in the chat or not. */
  isWatching({ data }: LiveSession, streamId: string): boolean {
    const state = data.streams.get(streamId);
    return state !== undefined && (state.isChatting || state.isSubscribed);
  }

  subscribe(session: LiveSession, stream: Stream): void {
    const { moderation, line } = this.#parts;
    const banned = moderation.banRefusal(stream.key, userOf(session));
    if (banned) throw banned;
    this.#state(session, stream).isSubscribed = true;
    const { streamId, status, title } = stream.record;
    const startedAt = runningSince(stream.record);
    line.publisher.send(session, "stream:subscribed", {
      stream_id: streamId,
      status,
      title,
      started_at: startedAt === null ? null : iso(startedAt),
    });
    this.audience.watch(session, stream);
  }

  /** The socket no longer speaks for its user, who watches nothing with it any more. */
  left(session: LiveSession): void {
    if (!session.identity) return;
    const { appId } = memberOf(session.identity);
    for (const [streamId, state] of session.data.streams) {
      // What is followed is in memory: nothing is read for streams that were left long ago.
      const stream = this.#parts.streams.inMemory({ appId, streamId });
      if (!stream) continue;
      if (state.isChatting) this.#leaveChat(session, stream);
      if (state.isChatting || state.isSubscribed) this.audience.unwatch(session, stream);
      stream.analysts.delete(session);
      this.#analysts.get(stream)?.delete(session);
      if (this.#analysts.get(stream)?.size === 0) this.#analysts.delete(stream);
    }
    session.data.streams.clear();
  }

  /**
   * Says something in the chat.
   *
   * @returns the message's id, once it is stored
   */
  say(
    session: LiveSession,
    stream: Stream,
    text: string,
    username: string | undefined,
    clientId: string | undefined,
  ): Promise<{ message_id: string }> {
    const { chat, moderation, line } = this.#parts;
    const user = userOf(session);
    this.#demandChatting(session, stream);
    const refusal = moderation.speechRefusal(stream.key, user);
    if (refusal) throw refusal;
    if (this.authority.rank(stream, user, session.identity) === 0) {
      const slow = moderation.slowModeRefusal(stream.key, user);
      // A resend is no message more.
      if (slow && !(clientId !== undefined && chat.isKnown(stream.key, user, clientId))) throw slow;
    }
    if (username !== undefined) this.#rename(stream, user, username);
    const author = { userId: user, username: nameOf(stream, session) };
    const { message, isNew, stored } = chat.post(stream.key, author, text, clientId);
    if (isNew) {
      moderation.spoke(stream.key, user);
      stream.messages.add(this.#parts.house.clock.elapsed());
      line.publisher.toRoom("/", chatRoom(stream), "chat:message", show(stream, message));
    }
    return stored.then(() => ({ message_id: message.id }));
  }

  typing(session: LiveSession, stream: Stream, username: string | undefined): void {
    const { limits } = this.#parts.house;
    const user = userOf(session);
    this.#demandChatting(session, stream);
    const refusal = this.#parts.moderation.speechRefusal(stream.key, user);
    if (refusal) throw refusal;
    if (username !== undefined) this.#rename(stream, user, username);
    // More than one in 2 s is nobody's mistake: clients send one a keystroke. It is dropped in silence.
    if (limits.take([{ key: `typing ${stream.key}\0${user}`, rate: { burst: 1, intervalMs: 2_000 } }]) > 0) return;
    const typing = { stream_id: stream.record.streamId, user_id: shown(user), username: nameOf(stream, session) };
    // The others: who types on a phone need not read of it on the screen.
    const { publisher, sessions } = this.#parts.line;
    publisher.toRoom("/", chatRoom(stream), "chat:typing", typing, sessions.of(user));
  }

  react(session: LiveSession, stream: Stream, emoji: string, x: number | undefined, y: number | undefined): void {
    const { clock } = this.#parts.house;
    const user = userOf(session);
    const refusal = this.#parts.moderation.speechRefusal(stream.key, user);
    if (refusal) throw refusal;
    if (!this.isWatching(session, stream.record.streamId)) {
      throw new Refusal("permission_denied", "Join or subscribe to the stream first");
    }
    stream.reactions.add(clock.elapsed());
    this.#parts.line.publisher.toRoom("/", streamRoom(stream), "reaction.sent", {
      stream_id: stream.record.streamId,
      emoji,
      user_id: shown(user),
      x: x ?? Math.random(),
      y: y ?? Math.random(),
      timestamp: iso(clock.now()),
    });
  }

  analyze(session: LiveSession, stream: Stream): void {
    this.#state(session, stream).isAnalyst = true;
    stream.analysts.add(session);
    const sessions = this.#analysts.get(stream) ?? new Set();
    this.#analysts.set(stream, sessions.add(session));
    this.#parts.line.publisher.send(session, "analytics:update", this.analytics(stream));
  }

  analytics(stream: Stream) {
    const now = this.#parts.house.clock.elapsed();
    const watchedMs = stream.watchedMs + stream.watching * now - stream.begunSumMs;
    return {
      stream_id: stream.record.streamId,
      viewers: this.audience.size(stream),
      peak_viewers: stream.record.peakViewers,
      messages_per_minute: stream.messages.total(now),
      reactions_per_minute: stream.reactions.total(now),
      average_watch_time: stream.visits === 0 ? 0 : Math.round(watchedMs / stream.visits / 1000),
    };
  }

  /** @throws Refusal `conflict` when another member has that name */
  #rename(stream: Stream, user: string, name: string, isAskedFor = true): void {
    giveName(stream, user, name, isAskedFor);
    this.audience.renamed(stream, user, name);
  }

  #leaveChat(session: LiveSession, stream: Stream): void {
    this.#parts.line.rooms.leave(session, chatRoom(stream));
    this.#chatters.leave(stream.key, userOf(session), session);
  }

  /** A banned user is out at once, with every socket. */
  #putOut(stream: Stream, user: string): void {
    for (const session of this.#parts.line.sessions.of(user)) {
      const state = session.data.streams.get(stream.record.streamId);
      if (!state) continue;
      if (state.isChatting) this.#leaveChat(session, stream);
      if (state.isChatting || state.isSubscribed) this.audience.unwatch(session, stream);
      state.isChatting = false;
      state.isSubscribed = false;
    }
    this.audience.evict(stream, user);
  }

  #demandChatting(session: LiveSession, stream: Stream): void {
    if (session.data.streams.get(stream.record.streamId)?.isChatting) return;
    // Banned ones are told so, and not that they have to join.
    throw (
      this.#parts.moderation.banRefusal(stream.key, userOf(session)) ??
      new Refusal("permission_denied", "Join the chat first")
    );
  }

  /** The stream a socket is about to follow. @throws Refusal `conflict` past the limit, `not_found` */
  toFollow(session: LiveSession, appId: string, streamId: string): Stream {
    // Before the stream is made: a socket must not make more than it may follow.
    demandPlace(session, streamId);
    return this.#parts.streams.getOrMake(appId, streamId);
  }

  #state(session: LiveSession, stream: Stream) {
    const { streams } = session.data;
    const { streamId } = stream.record;
    let state = streams.get(streamId);
    if (!state) {
      demandPlace(session, streamId);
      if (streams.size >= MAX_KNOWN_STREAMS) forgetLeft(streams);
      state = { isChatting: false, isSubscribed: false, isAnalyst: false, hasChatted: false };
      streams.set(streamId, state);
    }
    return state;
  }
}

/** Streams that one socket follows (CONTRACT §7). */
const MAX_STREAMS = 100;
/** And those that it has left are remembered up to here. */
const MAX_KNOWN_STREAMS = 200;

function isFollowed({ isChatting, isSubscribed, isAnalyst }: StreamState): boolean {
  return isChatting || isSubscribed || isAnalyst;
}

/** @throws Refusal `conflict` */
function demandPlace({ data: { streams } }: LiveSession, streamId: string): void {
  const state = streams.get(streamId);
  if (streams.size < MAX_STREAMS || (state && isFollowed(state))) return;
  let followed = 0;
  for (const each of streams.values()) if (isFollowed(each)) followed++;
  if (followed >= MAX_STREAMS) throw new Refusal("conflict", `A socket follows at most ${MAX_STREAMS} streams`);
}

/** Forgets the stream that was left first. */
function forgetLeft(streams: Map<string, StreamState>): void {
  for (const [streamId, state] of streams) {
    if (isFollowed(state)) continue;
    streams.delete(streamId);
    return;
  }
}
