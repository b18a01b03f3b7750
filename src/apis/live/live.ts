import type { Chat, Message } from "../../domain/chat/chat";
import type { Act, Moderation, Restriction, RestrictionKind } from "../../domain/moderation/moderation";
import { Presence } from "../../domain/presence/presence";
import type { Identity } from "../../domain/tokens/identity";
import type { House } from "../../house";
import type { Line } from "../../realtime/api";
import type { Session } from "../../realtime/session";
import { Refusal } from "../../refusal";
import { iso } from "../../runtime/clock";
import { DEFAULT_APP, keyOf, memberOf } from "./apps";
import type { LiveContract } from "./contract";
import type { LiveData } from "./session";
import type { Stream, Streams } from "./streams";

type LiveSession = Session<LiveData>;

/** Who acts on a stream, and with what right. */
export interface Actor {
  /** As it is shown and logged. */
  readonly userId: string;
  readonly rank: number;
}

/** A server with an API key stands above everybody. */
export const SERVER: Actor = { userId: "server", rank: 4 };

const ADMIN = 3;
export const OWNER = 2;
const MODERATOR = 1;

/** A leave counts after this long (CONTRACT §7). */
const GRACE_MS = 5_000;
/** While a stream has at most so many viewers, they hear of each other. */
const INTIMATE = 100;

interface LiveParts {
  readonly house: House;
  readonly line: Line<LiveContract, LiveData>;
  readonly streams: Streams;
  readonly chat: Chat;
  readonly moderation: Moderation;
  readonly viewerCountMs: number;
  readonly analyticsMs: number;
}

/** What happens on streams: who watches, who chats, what they say, and who keeps order. */
export class Live {
  readonly #parts: LiveParts;
  readonly #viewers: Presence;
  readonly #chatters: Presence;
  /** Streams whose last count is newer than what was sent. */
  readonly #pendingCounts = new Set<Stream>();
  /** Sockets that want analytics, by stream. */
  readonly #analysts = new Map<Stream, Set<LiveSession>>();
  /** Display names of viewers, for when they have gone. */
  readonly #viewerNames = new Map<string, string>();

  constructor(parts: LiveParts) {
    this.#parts = parts;
    const { clock, ticker } = parts.house;
    this.#viewers = new Presence(clock, ticker, GRACE_MS, {
      left: (place, userId, stayedMs) => this.#viewerLeft(place, userId, stayedMs),
    });
    this.#chatters = new Presence(clock, ticker, 0, {
      left: (place, userId) => this.#nameless(place, userId),
    });
    ticker.every("viewer counts", parts.viewerCountMs, () => {
      for (const stream of this.#pendingCounts) this.#sendCount(stream);
    });
    ticker.every("analytics", parts.analyticsMs, () => {
      for (const [stream, sessions] of this.#analysts) {
        const figures = this.analytics(stream);
        for (const session of sessions) parts.line.publisher.send(session, "analytics:update", figures);
      }
    });
    ticker.every("store peaks of viewers", 10_000, () => parts.streams.savePeaks());
    ticker.every("forget idle streams", 60_000, () => {
      parts.streams.sweep();
    });
  }

  viewers(stream: Stream): number {
    return this.#viewers.count(stream.key);
  }

  /** Joins the chat and tells what there is to know. @throws Refusal of a banned user, or `conflict` over the name */
  join(session: LiveSession, stream: Stream, username: string | undefined): void {
    const { chat, moderation, line } = this.#parts;
    const user = userOf(session);
    const banned = moderation.banRefusal(stream.key, user);
    if (banned) throw banned;
    this.#name(
      stream,
      user,
      username ?? stream.names.get(user) ?? session.identity?.username ?? user,
      username !== undefined,
    );
    const state = this.#state(session, stream);
    state.isChatting = true;
    this.#chatters.enter(stream.key, user, session);
    line.rooms.join(session, chatRoom(stream));
    line.publisher.send(session, "chat:joined", {
      stream_id: stream.record.streamId,
      online_users: this.#chatters.count(stream.key),
      slow_mode: this.#slowMode(stream),
      recent_messages: chat.recent(stream.key).map((message) => show(stream, message)),
    });
    this.#watch(session, stream);
  }

  leave(session: LiveSession, stream: Stream): void {
    const state = session.data.streams.get(stream.record.streamId);
    if (!state?.isChatting) return;
    state.isChatting = false;
    this.#leaveChat(session, stream);
    if (!state.isSubscribed) this.#unwatch(session, stream);
  }

  isBanned(session: LiveSession, stream: Stream): boolean {
    return this.#parts.moderation.banRefusal(stream.key, userOf(session)) !== undefined;
  }

  subscribe(session: LiveSession, stream: Stream): void {
    const { moderation, line } = this.#parts;
    const banned = moderation.banRefusal(stream.key, userOf(session));
    if (banned) throw banned;
    this.#state(session, stream).isSubscribed = true;
    const { streamId, status, title, startedAt } = stream.record;
    line.publisher.send(session, "stream:subscribed", {
      stream_id: streamId,
      status,
      title,
      started_at: status === "live" && startedAt !== null ? iso(startedAt) : null,
    });
    this.#watch(session, stream);
  }

  /** The socket no longer speaks for its user, who watches nothing with it any more. */
  left(session: LiveSession): void {
    if (!session.identity) return;
    const { appId } = memberOf(session.identity);
    for (const [streamId, state] of session.data.streams) {
      const stream = this.#parts.streams.find(appId, streamId);
      if (!stream) continue;
      if (state.isChatting) this.#leaveChat(session, stream);
      if (state.isChatting || state.isSubscribed) this.#unwatch(session, stream);
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
    if (username !== undefined) this.#name(stream, user, username, true);
    const isResend = clientId !== undefined && chat.isKnown(stream.key, user, clientId);
    const slow =
      isResend || this.rank(stream, user, session.identity) > 0
        ? undefined
        : moderation.slowModeRefusal(stream.key, user);
    if (slow) throw slow;
    const author = { userId: user, username: this.#nameOf(stream, session) };
    const { message, isNew, stored } = chat.post(stream.key, author, text, clientId);
    if (isNew) {
      moderation.spoke(stream.key, user);
      stream.messages.add(this.#parts.house.clock.elapsed());
      line.publisher.toRoom("/", chatRoom(stream), "chat:message", show(stream, message));
    }
    return stored.then(() => ({ message_id: message.id }));
  }

  typing(session: LiveSession, stream: Stream): void {
    const { limits } = this.#parts.house;
    const user = userOf(session);
    this.#demandChatting(session, stream);
    const refusal = this.#parts.moderation.speechRefusal(stream.key, user);
    if (refusal) throw refusal;
    // More than one in 2 s is nobody's mistake: clients send one a keystroke. It is dropped in silence.
    if (limits.take([{ key: `typing ${stream.key} ${user}`, rate: { burst: 1, intervalMs: 2_000 } }]) > 0) return;
    const typing = { stream_id: stream.record.streamId, user_id: shown(user), username: this.#nameOf(stream, session) };
    this.#parts.line.publisher.toRoom("/", chatRoom(stream), "chat:typing", typing, session);
  }

  react(session: LiveSession, stream: Stream, emoji: string, x: number | undefined, y: number | undefined): void {
    const { clock } = this.#parts.house;
    const user = userOf(session);
    const refusal = this.#parts.moderation.speechRefusal(stream.key, user);
    if (refusal) throw refusal;
    const state = session.data.streams.get(stream.record.streamId);
    if (!state?.isChatting && !state?.isSubscribed) {
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
    this.#state(session, stream);
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
      viewers: this.viewers(stream),
      peak_viewers: stream.record.peakViewers,
      messages_per_minute: stream.messages.total(now),
      reactions_per_minute: stream.reactions.total(now),
      average_watch_time: stream.visits === 0 ? 0 : Math.round(watchedMs / stream.visits / 1000),
    };
  }

  /** A user's rank on a stream: above 0 moderates. */
  rank(stream: Stream, user: string, identity: Pick<Identity, "roles"> | null): number {
    const { ownerId, appId } = stream.record;
    const own = ownerId !== null && keyOf(appId, ownerId) === user ? OWNER : 0;
    const granted = this.#parts.moderation.isModerator(stream.key, user) ? MODERATOR : 0;
    return Math.max(identity ? rankOfRoles(identity) : 0, own, granted);
  }

  /** Who a socket is as a moderator. @throws Refusal `permission_denied` */
  moderator(session: LiveSession, stream: Stream): Actor {
    const user = userOf(session);
    const rank = this.rank(stream, user, session.identity);
    if (rank === 0) throw new Refusal("permission_denied", "Only moderators may do this");
    return { userId: shown(user), rank };
  }

  /** Bans or mutes. The banned hear of it, and are out. @param durationS null = for good */
  async restrict(
    stream: Stream,
    kind: RestrictionKind,
    targetId: string,
    durationS: number | null,
    reason: string | null,
    actor: Actor,
  ): Promise<void> {
    const { moderation, line, house } = this.#parts;
    const user = keyOf(stream.record.appId, targetId);
    await this.#demandRank(stream, user, actor);
    const done = await moderation.restrict(
      stream.key,
      kind,
      user,
      durationS === null ? null : durationS * 1000,
      act(actor, reason),
    );
    const event = kind === "ban" ? "user.banned" : "user.muted";
    line.publisher.toRoom("/", streamRoom(stream), event, {
      stream_id: stream.record.streamId,
      user_id: targetId,
      moderator_id: actor.userId,
      reason,
      duration: durationS,
      until: done.until === null ? null : iso(done.until),
      timestamp: iso(house.clock.now()),
    });
    if (kind === "ban") this.#putOut(stream, user);
  }

  async lift(
    stream: Stream,
    kind: RestrictionKind,
    targetId: string,
    reason: string | null,
    actor: Actor,
  ): Promise<void> {
    const { moderation, line, house } = this.#parts;
    const user = keyOf(stream.record.appId, targetId);
    if (!(await moderation.lift(stream.key, kind, user, act(actor, reason)))) {
      throw new Refusal("not_found", `The user is not ${kind === "ban" ? "banned" : "muted"}`, {
        field: "target_user_id",
      });
    }
    line.publisher.toRoom("/", streamRoom(stream), kind === "ban" ? "user.unbanned" : "user.unmuted", {
      stream_id: stream.record.streamId,
      user_id: targetId,
      moderator_id: actor.userId,
      timestamp: iso(house.clock.now()),
    });
  }

  async deleteMessage(stream: Stream, messageId: string, actor: Actor): Promise<void> {
    const { chat, moderation, line, house } = this.#parts;
    if (!(await chat.remove(stream.key, messageId)))
      throw new Refusal("not_found", "There is no such message", { field: "message_id" });
    await moderation.note(stream.key, "delete_message", messageId, act(actor, null));
    const gone = {
      stream_id: stream.record.streamId,
      message_id: messageId,
      moderator_id: actor.userId,
      timestamp: iso(house.clock.now()),
    };
    line.publisher.toRoom("/", streamRoom(stream), "chat.message.deleted", gone);
    line.publisher.toRoom("/", streamRoom(stream), "chat:message.deleted", gone);
  }

  async setSlowMode(stream: Stream, intervalS: number | null, actor: Actor): Promise<void> {
    const { moderation, line } = this.#parts;
    await moderation.setSlowMode(stream.key, intervalS === null ? null : intervalS * 1000, act(actor, null));
    const mode = { stream_id: stream.record.streamId, ...this.#slowMode(stream) };
    line.publisher.toRoom("/", streamRoom(stream), "chat.slow-mode", mode);
    line.publisher.toRoom("/", streamRoom(stream), "chat:slow-mode", mode);
  }

  /** The stream has begun. Saying so again changes nothing. */
  goLive(stream: Stream, title: string | undefined): void {
    const { streams, house, line } = this.#parts;
    if (stream.record.status === "live") return;
    const now = house.clock.now();
    streams.change(stream, {
      status: "live",
      title: title ?? stream.record.title,
      startedAt: now,
      endedAt: null,
      error: null,
      peakViewers: this.viewers(stream),
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
    const { status, startedAt, streamId } = stream.record;
    if (status === "offline") return;
    const now = house.clock.now();
    streams.change(stream, { status: "offline", endedAt: now });
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

  #slowMode(stream: Stream): { enabled: boolean; interval: number } {
    const ms = this.#parts.moderation.slowModeMs(stream.key);
    return { enabled: ms !== null, interval: (ms ?? 0) / 1000 };
  }

  /** From now on the socket hears of the stream, and its user counts as a viewer. */
  #watch(session: LiveSession, stream: Stream): void {
    const { line, house } = this.#parts;
    const user = userOf(session);
    line.rooms.join(session, streamRoom(stream));
    if (this.#viewers.isHere(stream.key, user)) {
      this.#viewers.enter(stream.key, user, session);
      this.#sendCountTo(session, stream);
      return;
    }
    this.#viewers.enter(stream.key, user, session);
    const now = house.clock.elapsed();
    stream.visits++;
    stream.watching++;
    stream.begunSumMs += now;
    this.#viewerNames.set(`${stream.key}\0${user}`, this.#nameOf(stream, session));
    if (!this.#countChanged(stream)) this.#sendCountTo(session, stream);
    this.#tellOthers("viewer.joined", stream, user, this.#nameOf(stream, session), session);
  }

  #unwatch(session: LiveSession, stream: Stream): void {
    this.#parts.line.rooms.leave(session, streamRoom(stream));
    this.#viewers.leave(stream.key, userOf(session), session);
  }

  #leaveChat(session: LiveSession, stream: Stream): void {
    this.#parts.line.rooms.leave(session, chatRoom(stream));
    this.#chatters.leave(stream.key, userOf(session), session);
  }

  #viewerLeft(place: string, user: string, stayedMs: number): void {
    const name = this.#viewerNames.get(`${place}\0${user}`) ?? shown(user);
    this.#viewerNames.delete(`${place}\0${user}`);
    const stream = this.#parts.streams.byKey(place);
    if (!stream) return;
    stream.watching--;
    stream.begunSumMs -= this.#parts.house.clock.elapsed() - stayedMs;
    stream.watchedMs += stayedMs;
    this.#countChanged(stream);
    this.#tellOthers("viewer.left", stream, user, name);
  }

  #tellOthers(
    event: "viewer.joined" | "viewer.left",
    stream: Stream,
    user: string,
    username: string,
    except?: LiveSession,
  ): void {
    const count = this.viewers(stream);
    if (count > INTIMATE) return;
    const visit = { stream_id: stream.record.streamId, user_id: shown(user), username, count };
    this.#parts.line.publisher.toRoom("/", streamRoom(stream), event, visit, except);
  }

  /** At once where none was sent for a while, else with the next tick. @returns whether it is sent */
  #countChanged(stream: Stream): boolean {
    this.#parts.streams.counted(stream, this.viewers(stream));
    if (this.#parts.house.clock.elapsed() - stream.countSentAt < this.#parts.viewerCountMs) {
      this.#pendingCounts.add(stream);
      return false;
    }
    this.#sendCount(stream);
    return true;
  }

  #sendCount(stream: Stream): void {
    this.#pendingCounts.delete(stream);
    stream.countSentAt = this.#parts.house.clock.elapsed();
    this.#parts.line.publisher.toRoom("/", streamRoom(stream), "viewer.count.update", this.#count(stream));
  }

  #sendCountTo(session: LiveSession, stream: Stream): void {
    this.#parts.line.publisher.send(session, "viewer.count.update", this.#count(stream));
  }

  #count(stream: Stream) {
    return {
      stream_id: stream.record.streamId,
      count: this.viewers(stream),
      timestamp: iso(this.#parts.house.clock.now()),
    };
  }

  /** A banned user is out at once, with every socket. */
  #putOut(stream: Stream, user: string): void {
    for (const session of this.#parts.line.sessions.of(user)) {
      const state = session.data.streams.get(stream.record.streamId);
      if (!state) continue;
      if (state.isChatting) this.#leaveChat(session, stream);
      if (state.isChatting || state.isSubscribed) this.#unwatch(session, stream);
      state.isChatting = false;
      state.isSubscribed = false;
    }
    this.#viewers.evict(stream.key, user);
  }

  async #demandRank(stream: Stream, user: string, actor: Actor): Promise<void> {
    if (actor.rank >= ADMIN) return;
    const { accounts } = this.#parts.house;
    const account = stream.record.appId === DEFAULT_APP ? await accounts.find(user) : undefined;
    const roles = [
      ...(account?.roles ?? []),
      ...[...this.#parts.line.sessions.of(user)].flatMap((session) => session.identity?.roles ?? []),
    ];
    const rank = this.rank(stream, user, { roles });
    if (rank >= actor.rank)
      throw new Refusal("permission_denied", "A moderator cannot act on a moderator or the owner");
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
    const { streams } = session.data;
    // Before the stream is made: a socket must not make more than it may follow.
    if (!streams.has(streamId) && streams.size >= MAX_STREAMS) throw tooManyStreams();
    return this.#parts.streams.getOrMake(appId, streamId);
  }

  #state(session: LiveSession, stream: Stream) {
    const { streams } = session.data;
    const { streamId } = stream.record;
    let state = streams.get(streamId);
    if (!state) {
      if (streams.size >= MAX_STREAMS) throw tooManyStreams();
      state = { isChatting: false, isSubscribed: false };
      streams.set(streamId, state);
    }
    return state;
  }

  #nameOf(stream: Stream, session: LiveSession): string {
    return stream.names.get(userOf(session)) ?? session.identity?.username ?? "";
  }

  /** Gives a user a display name in the chat. @throws Refusal `conflict` when a member has it and it was asked for */
  #name(stream: Stream, user: string, name: string, isAskedFor: boolean): void {
    const folded = name.normalize("NFKC").toLowerCase();
    const owner = stream.owners.get(folded);
    if (owner !== undefined && owner !== user && isAskedFor)
      throw new Refusal("conflict", "Somebody here has that username", { field: "username" });
    this.#nameless(stream.key, user);
    stream.names.set(user, name);
    if (owner === undefined || owner === user) stream.owners.set(folded, user);
  }

  #nameless(place: string, user: string): void {
    const stream = this.#parts.streams.byKey(place);
    const folded = stream?.names.get(user)?.normalize("NFKC").toLowerCase();
    stream?.names.delete(user);
    if (folded !== undefined && stream?.owners.get(folded) === user) stream.owners.delete(folded);
  }
}

/** A rank on every stream of an app, by the token. */
export function rankOfRoles({ roles }: Pick<Identity, "roles">): number {
  if (roles.includes("admin")) return ADMIN;
  if (roles.includes("owner")) return OWNER;
  return roles.includes("moderator") ? MODERATOR : 0;
}

/** Streams of one socket (CONTRACT §7). */
const MAX_STREAMS = 100;

function tooManyStreams(): Refusal {
  return new Refusal("conflict", `A socket follows at most ${MAX_STREAMS} streams`);
}

/** The chat of a stream, and everything else about it. */
function chatRoom(stream: Stream): string {
  return `chat ${stream.key}`;
}

function streamRoom(stream: Stream): string {
  return `stream ${stream.key}`;
}

function userOf(session: LiveSession): string {
  if (!session.identity) throw new Refusal("authentication_failed", "Authentication required");
  return session.identity.userId;
}

/** A user's id as the app knows it. */
function shown(user: string): string {
  return user.slice(user.indexOf("\0") + 1);
}

export function show(stream: Stream, message: Message) {
  return {
    message_id: message.id,
    stream_id: stream.record.streamId,
    user_id: shown(message.userId),
    username: message.username,
    message: message.text,
    timestamp: iso(message.createdAt),
  };
}

export function showRestriction({ userId, until, moderatorId, reason, createdAt }: Restriction) {
  return {
    user_id: shown(userId),
    moderator_id: moderatorId,
    reason,
    until: until === null ? null : iso(until),
    timestamp: iso(createdAt),
  };
}

function act(actor: Actor, reason: string | null): Act {
  return { moderatorId: actor.userId, reason };
}
