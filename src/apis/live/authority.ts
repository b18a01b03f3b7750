import type { Chat } from "../../domain/chat/chat";
import type { Act, Moderation, RestrictionKind } from "../../domain/moderation/moderation";
import type { Identity } from "../../domain/tokens/identity";
import type { House } from "../../house";
import type { Line } from "../../realtime/api";
import { Refusal } from "../../refusal";
import { iso } from "../../runtime/clock";
import { DEFAULT_APP, keyOf } from "./apps";
import type { LiveContract } from "./contract";
import { type Actor, ADMIN, MODERATOR, OWNER, rankOfRoles } from "./ranks";
import type { LiveData } from "./session";
import type { Staff } from "./staff";
import type { Stream } from "./streams";
import { type LiveSession, shown, streamRoom, userOf } from "./wire";

interface AuthorityParts {
  readonly house: House;
  readonly line: Line<LiveContract, LiveData>;
  readonly staff: Staff;
  readonly chat: Chat;
  readonly moderation: Moderation;
  /** Takes every socket of a user out of a stream. */
  readonly putOut: (stream: Stream, user: string) => void;
}

/** Who keeps order on a stream, and how everybody hears of it. */
export class Authority {
  readonly #parts: AuthorityParts;

  constructor(parts: AuthorityParts) {
    this.#parts = parts;
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
    if (kind === "ban") this.#parts.putOut(stream, user);
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
    await this.#demandRank(stream, user, actor);
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
    const entry = moderation.entry(stream.key, "delete_message", messageId, act(actor, null));
    if (!(await chat.remove(stream.key, messageId, entry)))
      throw new Refusal("not_found", "There is no such message", { field: "message_id" });
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
    const mode = { stream_id: stream.record.streamId, ...this.slowMode(stream) };
    line.publisher.toRoom("/", streamRoom(stream), "chat.slow-mode", mode);
    line.publisher.toRoom("/", streamRoom(stream), "chat:slow-mode", mode);
  }

  /** Slow mode as the wire shows it; the interval in seconds. */
  slowMode(stream: Stream): { enabled: boolean; interval: number } {
    const ms = this.#parts.moderation.slowModeMs(stream.key);
    return { enabled: ms !== null, interval: (ms ?? 0) / 1000 };
  }

  async #demandRank(stream: Stream, user: string, actor: Actor): Promise<void> {
    if (actor.rank >= ADMIN) return;
    const { house, line, staff } = this.#parts;
    const account = stream.record.appId === DEFAULT_APP ? await house.accounts.find(user) : undefined;
    const roles = [
      ...(account?.roles ?? []),
      ...[...line.sessions.of(user)].flatMap((session) => session.identity?.roles ?? []),
    ];
    const rank = Math.max(this.rank(stream, user, { roles }), staff.rankOf(user));
    if (rank >= actor.rank)
      throw new Refusal("permission_denied", "A moderator cannot act on a moderator or the owner");
  }
}

function act(actor: Actor, reason: string | null): Act {
  return { moderatorId: actor.userId, reason };
}
