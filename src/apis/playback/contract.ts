import * as v from "valibot";
import { type ClientToServer, defineContract, receives, type ServerToClient, sends } from "../../realtime/contract";
import { amount, id, secret } from "../../realtime/fields";

/** Where playback stands: seconds (or what the client counts in) and the share of the whole. */
const position = { time: amount(0), progress: amount(0, 1) };

const playing = v.variant("type", [
  v.object({ type: v.literal("tv"), episodeId: id(), ...position }),
  v.object({ type: v.literal("movie"), movieId: id(), ...position }),
]);

export const playbackContract = defineContract({
  title: "Headend playback API",
  description: "Playback progress and remote control, as Oblecto documents them.",
  document: "playback-oblecto.md",
  namespaces: {
    "/": {
      access: "anyone",
      receives: {
        authenticate: receives({
          summary: "Signs the socket in. Success is silent; failure disconnects.",
          source: "Authentication, Client -> Server: authenticate",
          access: "anyone",
          signsIn: true,
          // The token's own limit is in bytes and told as a failed sign-in; this one only bounds what is looked at.
          payload: v.object({ token: secret(65_536) }),
          example: { token: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1MSJ9.c2ln" },
        }),
        playing: receives({
          summary: "Where the user is in an episode or a movie; kept in memory and stored every 10 seconds.",
          source: "Events, Client -> Server: playing",
          access: "user",
          payload: playing,
          example: { type: "movie", movieId: "123-456", time: 60, progress: 0.05 },
        }),
      },
      sends: {
        play: sends({
          summary: "Start playing this item now.",
          source: "Events, Server -> Client: play",
          payload: v.union([v.object({ episodeId: v.string() }), v.object({ movieId: v.string() })]),
          example: { movieId: "123-456" },
        }),
      },
    },
  },
});

export type PlaybackContract = typeof playbackContract;
/** For `Socket<PlaybackEvents, PlaybackCommands>` of socket.io-client: what the server sends, and what it takes. */
export type PlaybackEvents = ServerToClient<PlaybackContract, "/">;
export type PlaybackCommands = ClientToServer<PlaybackContract, "/">;
/** A report of progress as the server reads it. */
export type Playing = v.InferOutput<typeof playing>;
