import type { House } from "../../house";
import type { Handlers } from "../../realtime/api";
import { Followed } from "../../realtime/dispatch";
import { iso } from "../../runtime/clock";
import type { StudioContract } from "./contract";
import type { Media } from "./media";
import type { ClientRooms } from "./rooms";
import type { StudioData } from "./session";
import type { StudioLine } from "./wire";

interface Parts {
  readonly house: House;
  readonly line: StudioLine;
  readonly rooms: ClientRooms;
  readonly media: Media;
}

type Common = Handlers<StudioContract, "/", StudioData>;

/** What every namespace hears. What is answered by event is answered by acknowledgement too (CONTRACT §6). */
export function commonHandlers({ house: { clock }, line: { sessions, publisher }, rooms, media }: Parts): Common {
  return {
    async authenticate(session, { token }) {
      await sessions.signIn(session, token);
      // A later token of the same user may come with fewer roles.
      media.review(session);
      return { userId: session.identity?.userId };
    },
    logout(session) {
      sessions.signOut(session);
      publisher.send<"/", "loggedOut">(session, "loggedOut", { message: "Logged out" });
    },
    joinRoom(session, room) {
      rooms.join(session, session.identity, room);
      publisher.send<"/", "roomJoined">(session, "roomJoined", { room, success: true });
      return { room };
    },
    leaveRoom(session, room) {
      rooms.leave(session, session.identity, room);
      publisher.send<"/", "roomLeft">(session, "roomLeft", { room, success: true });
      return { room };
    },
    getConnectionInfo: (session) => ({
      socketId: session.id,
      connected: true,
      rooms: rooms.namesOf(session),
      authenticated: session.identity !== null,
      connectedAt: iso(session.connectedAt),
    }),
    ping(session) {
      const answer = { timestamp: clock.now() };
      publisher.send<"/", "pong">(session, "pong", answer);
      return answer;
    },
    heartbeat(session, { timestamp: sentAt }) {
      const timestamp = clock.now();
      // The client's clock may be ahead of ours.
      const latency = typeof sentAt === "number" ? Math.max(0, timestamp - sentAt) : null;
      const answer = { timestamp, serverTime: iso(timestamp), latency };
      publisher.send<"/", "heartbeatAck">(session, "heartbeatAck", answer);
      return answer;
    },
  };
}

/** What `/media` hears besides. */
export function mediaHandlers(parts: Parts): Handlers<StudioContract, "/media", StudioData> {
  const { media } = parts;
  return {
    ...commonHandlers(parts),
    async subscribeMedia(session, mediaId) {
      await media.demandFollow(session, session.identity, mediaId);
      return new Followed({ mediaId }, () => media.follow(session, mediaId));
    },
    unsubscribeMedia(session, mediaId) {
      media.unfollow(session, mediaId);
      return { mediaId };
    },
  };
}
