import { Refusal } from "../../refusal";

// Rooms have two names: the one that clients know (`project-123`, `user:ID`, `media:ID`), and the one inside, whose
// first letter says whose it is. No name a client chooses can be that of a room of ours, or of a socket.

const USER = "user:";
const MEDIA = "media:";

/** Everybody whom a client's room name brings together. */
export function clientRoom(room: string): string {
  return `room ${room}`;
}

/** All sockets of a user in a namespace. */
export function userRoom(userId: string): string {
  return `user ${userId}`;
}

/** Everybody who follows a job. */
export function mediaRoom(mediaId: string): string {
  return `media ${mediaId}`;
}

/** As clients know the room of a user, and that of a job. */
export function userName(userId: string): string {
  return USER + userId;
}

export function mediaName(mediaId: string): string {
  return MEDIA + mediaId;
}

/** The user whose room this is, if it is one. */
export function userOfName(room: string): string | undefined {
  return room.startsWith(USER) ? room.slice(USER.length) : undefined;
}

export function mediaOfName(room: string): string | undefined {
  return room.startsWith(MEDIA) ? room.slice(MEDIA.length) : undefined;
}

/** @throws Refusal `permission_denied` for rooms that are not a client's to declare */
export function demandOrdinary(room: string): void {
  if (userOfName(room) === undefined && mediaOfName(room) === undefined) return;
  throw new Refusal("permission_denied", "room must not begin with user: or media:", { field: "room" });
}
