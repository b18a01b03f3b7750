import type { Hono } from "hono";
import * as v from "valibot";
import { demandFits, readJson } from "../../../http/body";
import { demandKey } from "../../../http/keys";
import type { RestEnv } from "../../../http/rest";
import { parse } from "../../../parse";
import { id, line } from "../../../realtime/fields";
import { Refusal } from "../../../refusal";
import { roomName, studioContract } from "../contract";
import { clientRoom, demandOrdinary, mediaOfName, userName, userOfName, userRoom } from "../names";
import { NAMESPACES } from "../wire";
import { done, type Parts, SCOPE } from "./parts";

const MAX_MEMBERS = 10_000;
const declared = v.object({ members: v.pipe(v.array(id()), v.maxLength(MAX_MEMBERS)) });
const emitted = v.object({ event: line(1, 128), payload: v.optional(v.unknown()) });

/** Socket.IO's own names, and those that clients may only hear from this API itself. */
const RESERVED = new Set([
  ...["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"],
  ...Object.values(studioContract.namespaces).flatMap(({ sends }) => Object.keys(sends)),
]);

/** What servers do with rooms: say who belongs to them, and talk to them. */
export function addRooms(app: Hono<RestEnv>, { house, line, rooms, media }: Parts): void {
  const { apiKeys, maxPayloadBytes } = house;
  const key = demandKey(apiKeys, SCOPE);

  app.put("/api/v1/rooms/:room", key, async (c) => {
    const room = parse(roomName, c.req.param("room"), "room");
    demandOrdinary(room);
    const members = new Set((await readJson(c, declared)).members);
    const { isNew, removed } = await rooms.declare(room, members);
    for (const userId of removed) for (const session of line.sessions.of(userId)) media.review(session);
    return c.json(done({ id: room, room, members: [...members] }), isNew ? 201 : 200);
  });

  app.post("/api/v1/rooms/:room/emit", key, async (c) => {
    const { name, inside } = roomOf(c.req.param("room"));
    const { event, payload = null } = await readJson(c, emitted);
    if (RESERVED.has(event)) {
      throw new Refusal("invalid_request", "event is one of the server's own", { field: "event" });
    }
    demandFits(payload, maxPayloadBytes, "payload");
    for (const namespace of NAMESPACES) line.rooms.publish(namespace, inside, event, payload);
    return c.json(done({ id: name, room: name, event }));
  });
}

/** A room that servers may talk to. The ids of users may have letters that other rooms' names have not. */
function roomOf(given = ""): { name: string; inside: string } {
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
