import * as v from "valibot";
import type { CommonCallers } from "../../../http/access";
import { demandFits } from "../../../http/body";
import { Reply, type RouteHandlers, route } from "../../../http/route";
import { parse } from "../../../parse";
import { id, line } from "../../../realtime/fields";
import { Refusal } from "../../../refusal";
import { roomName, studioContract } from "../contract";
import { clientRoom, demandOrdinary, mediaOfName, userName, userOfName, userRoom } from "../names";
import { NAMESPACES } from "../wire";
import type { Parts } from "./parts";
import { EMITTED, ROOM } from "./shapes";

const MAX_MEMBERS = 10_000;
const declared = v.object({ members: v.pipe(v.array(id()), v.maxLength(MAX_MEMBERS)) });
const emitted = v.object({ event: line(1, 128), payload: v.optional(v.unknown()) });

export const roomRoutes = {
  declareRoom: route("PUT /api/v1/rooms/:room", {
    summary: "Says who belongs to a room; from then on it admits nobody else, and who is no longer named is taken out.",
    access: "key",
    only: "not for rooms of users and of media",
    params: { room: roomName },
    body: declared,
    example: { members: ["user123"] },
    answer: ROOM,
    also: { 201: "Was not declared before." },
  }),
  emitToRoom: route("POST /api/v1/rooms/:room/emit", {
    summary: "Sends an event such as `projectUpdate` to a room, in all namespaces; none of the server's own events.",
    access: "key",
    only: "not to rooms of media",
    params: { room: v.string() },
    body: emitted,
    example: { event: "projectUpdate", payload: { projectId: "project-123" } },
    answer: EMITTED,
  }),
};

/** Socket.IO's own names, and those that clients may only hear from this API itself. */
const RESERVED = new Set([
  ...["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"],
  ...Object.values(studioContract.namespaces).flatMap(({ sends }) => Object.keys(sends)),
]);

/** What servers do with rooms: say who belongs to them, and talk to them. */
export function roomHandlers({ house, line, rooms, media }: Parts): RouteHandlers<typeof roomRoutes, CommonCallers> {
  return {
    async declareRoom({ params: { room }, body }) {
      demandOrdinary(room);
      const members = new Set((await body()).members);
      const { isNew, removed } = await rooms.declare(room, members);
      for (const userId of removed) for (const session of line.sessions.of(userId)) media.review(session);
      return new Reply(isNew ? 201 : 200, { id: room, room, members: [...members] });
    },
    async emitToRoom({ params, body }) {
      const { name, inside } = roomOf(params.room);
      const { event, payload = null } = await body();
      if (RESERVED.has(event)) {
        throw new Refusal("invalid_request", "event is one of the server's own", { field: "event" });
      }
      demandFits(payload, house.maxPayloadBytes, "payload");
      for (const namespace of NAMESPACES) line.rooms.publish(namespace, inside, event, payload);
      return { id: name, room: name, event };
    },
  };
}

/** A room that servers may talk to. The ids of users may have letters that other rooms' names have not. */
function roomOf(given: string): { name: string; inside: string } {
  const user = userOfName(given);
  if (user !== undefined) {
    const userId = parse(id(), user, "room");
    return { name: userName(userId), inside: userRoom(userId) };
  }
  const name = parse(roomName, given, "room");
  if (mediaOfName(name) !== undefined) {
    throw new Refusal("permission_denied", "room must not begin with media:", { field: "room" });
  }
  return { name, inside: clientRoom(name) };
}
