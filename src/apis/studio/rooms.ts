import type { Identity } from "../../domain/tokens/identity";
import { Refusal } from "../../refusal";
import type { Clock } from "../../runtime/clock";
import { Turns } from "../../runtime/turns";
import { clientRoom, mediaName, mediaOfName, userName, userOfName } from "./names";
import type { StudioSession } from "./session";
import type { RoomStore } from "./store";
import type { StudioLine } from "./wire";

/** Rooms of one socket, the jobs that it follows among them (CONTRACT §6). */
const MAX_ROOMS = 100;

/** The rooms that clients name: open to every user, or declared with members by a server. */
export class ClientRooms {
  readonly #store: RoomStore;
  readonly #line: StudioLine;
  readonly #clock: Clock;
  readonly #turns = new Turns();
  /** Members by room. In memory, since every joining asks. */
  readonly #declared: Map<string, Set<string>>;
  /** Who is inside, for the day a room is declared. */
  readonly #inside = new Map<string, Set<StudioSession>>();

  constructor(store: RoomStore, line: StudioLine, clock: Clock) {
    this.#store = store;
    this.#line = line;
    this.#clock = clock;
    this.#declared = store.all();
  }

  /** Whether the user belongs to a room with declared members. */
  isMember(room: string, userId: string): boolean {
    return this.#declared.get(room)?.has(userId) ?? false;
  }

  /** @throws Refusal `permission_denied` when the room has declared members and the user is none of them */
  demandAdmission(room: string, userId: string): void {
    if (!this.#declared.has(room) || this.isMember(room, userId)) return;
    throw new Refusal("permission_denied", "Only members of this room are admitted");
  }

  /** @throws Refusal `permission_denied`; `conflict` past the limit of rooms */
  join(session: StudioSession, { userId }: Identity, room: string): void {
    const owner = userOfName(room);
    if (owner !== undefined) {
      // One is in one's own already.
      if (owner === userId) return;
      throw new Refusal("permission_denied", "A user's room is that user's only");
    }
    if (mediaOfName(room) !== undefined) {
      throw new Refusal("permission_denied", "Use subscribeMedia to follow media");
    }
    this.demandAdmission(room, userId);
    if (session.data.rooms.has(room)) return;
    demandPlace(session);
    session.data.rooms.add(room);
    this.#line.rooms.join(session, clientRoom(room));
    const inside = this.#inside.get(room) ?? new Set();
    this.#inside.set(room, inside.add(session));
  }

  /** Leaving what one is not in is fine. @throws Refusal `permission_denied` for one's own user room */
  leave(session: StudioSession, { userId }: Identity, room: string): void {
    if (userOfName(room) === userId) throw new Refusal("permission_denied", "One's own room cannot be left");
    this.#takeOut(session, room);
  }

  /** The socket is no longer its user's. */
  left(session: StudioSession): void {
    for (const room of [...session.data.rooms]) this.#takeOut(session, room);
  }

  /** The names that the client knows of the rooms that it is in. */
  namesOf({ identity, data }: StudioSession): string[] {
    if (!identity) return [];
    return [userName(identity.userId), ...data.rooms, ...[...data.media.keys()].map(mediaName)];
  }

  /**
   * Says who may be in a room. Who is in it and may not hears `roomLeft` and is out.
   *
   * @returns whether it had no members declared before, and who is none any more
   */
  declare(room: string, members: ReadonlySet<string>): Promise<{ isNew: boolean; removed: string[] }> {
    return this.#turns.take(async () => {
      await this.#store.declare(room, members, this.#clock.now());
      const before = this.#declared.get(room);
      this.#declared.set(room, new Set(members));
      for (const session of [...(this.#inside.get(room) ?? [])]) {
        if (session.identity && members.has(session.identity.userId)) continue;
        this.#takeOut(session, room);
        this.#line.publisher.send<"/", "roomLeft">(session, "roomLeft", { room, success: true });
      }
      return { isNew: before === undefined, removed: [...(before ?? [])].filter((userId) => !members.has(userId)) };
    });
  }

  /** Rooms whose name holds `text`: the fullest first. `members` is null where every user may be in it. */
  search(text: string, limit: number): { room: string; members: number | null; inside: number }[] {
    const wanted = text.toLowerCase();
    return [...new Set([...this.#inside.keys(), ...this.#declared.keys()])]
      .filter((room) => room.toLowerCase().includes(wanted))
      .map((room) => ({
        room,
        members: this.#declared.get(room)?.size ?? null,
        inside: this.#inside.get(room)?.size ?? 0,
      }))
      .sort((a, b) => b.inside - a.inside || (a.room < b.room ? -1 : 1))
      .slice(0, limit);
  }

  /** Who is in a room and who belongs to it, the first `limit` of each. @throws Refusal `not_found` */
  look(room: string, limit: number): { members: string[]; inside: StudioSession[] } {
    const [members, inside] = [this.#declared.get(room), this.#inside.get(room)];
    if (!members && !inside) throw new Refusal("not_found", "There is no such room");
    return { members: [...(members ?? [])].slice(0, limit), inside: [...(inside ?? [])].slice(0, limit) };
  }

  /** The account is gone: it is a member of nothing. */
  forget(userId: string): Promise<void> {
    return this.#turns.take(async () => {
      await this.#store.forget(userId);
      for (const members of this.#declared.values()) members.delete(userId);
    });
  }

  #takeOut(session: StudioSession, room: string): void {
    if (!session.data.rooms.delete(room)) return;
    this.#line.rooms.leave(session, clientRoom(room));
    const inside = this.#inside.get(room);
    inside?.delete(session);
    if (inside?.size === 0) this.#inside.delete(room);
  }
}

/** @throws Refusal `conflict` when the socket has no place for another room */
export function demandPlace({ data }: StudioSession): void {
  if (data.rooms.size + data.media.size < MAX_ROOMS) return;
  throw new Refusal("conflict", `A socket is in at most ${MAX_ROOMS} rooms`);
}
