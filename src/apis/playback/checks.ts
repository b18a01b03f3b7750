import type { Socket } from "socket.io-client";
import { type Check, call, expectSame, type Target, within, withSocket } from "../../verify/check";

/** Items of no library, so that checking a live server touches nobody's progress. */
const MOVIE = { type: "movie", movieId: "headend-verify", time: 60, progress: 0.05 };
const EPISODE = { type: "tv", episodeId: "headend-verify", time: 1234, progress: 0.5 };

/** The examples of playback-oblecto.md, as its clients run them. */
export const playbackChecks: readonly Check[] = [
  ...(["websocket", "polling"] as const).flatMap((transport): Check[] => [
    {
      name: `authenticate and report progress over ${transport}`,
      source: "Example Interaction",
      run: (target) => withSocket(target, transport, (socket) => reports(target, socket)),
    },
    {
      name: `hear play commands over ${transport}`,
      source: "Server -> Client: play",
      run: (target) => withSocket(target, transport, (socket) => obeys(target, socket)),
    },
  ]),
  {
    name: "an invalid token disconnects",
    source: "Error Handling",
    run: (target) =>
      withSocket(target, "websocket", async (socket) => {
        const reason = within<string>("the disconnect", (resolve) => socket.once("disconnect", resolve));
        socket.emit("authenticate", { token: "eyJhbG..." });
        expectSame("reason of the disconnect", await reason, "io server disconnect");
      }),
  },
];

async function reports(target: Target, socket: Socket): Promise<void> {
  socket.emit("authenticate", { token: target.token });
  for (const report of [MOVIE, EPISODE]) {
    const answer = await within("the acknowledgement", (resolve) => socket.emit("playing", report, resolve));
    expectSame("acknowledgement of playing", answer, { success: true });
  }
  for (const [path, report] of [
    ["movie", MOVIE],
    ["tv", EPISODE],
  ] as const) {
    const { watched, updatedAt, ...stored } = await call<Record<string, unknown>>(
      target,
      `/progress/${path}/headend-verify`,
    );
    expectSame(`progress of the ${path}`, stored, report);
  }
}

async function obeys(target: Target, socket: Socket): Promise<void> {
  // The answer tells that the socket is signed in: the list of clients is the caller's own.
  await within("the acknowledgement", (resolve) => socket.emit("authenticate", { token: target.token }, resolve));
  for (const item of [{ episodeId: "headend-verify" }, { movieId: "headend-verify" }]) {
    const command = within("play", (resolve) => socket.once("play", resolve));
    await call(target, `/client/${socket.id}/playback`, item);
    expectSame("play", await command, item);
  }
}
