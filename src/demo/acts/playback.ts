import type { Socket } from "socket.io-client";
import { FRIEND, GAMER, MOVIE, VIEWERS } from "../cast";
import { TITLES, type Title } from "../script/titles";
import { ask, type Stage } from "../stage";

interface Item {
  readonly type: "movie" | "tv";
  readonly id: string;
  readonly seconds: number;
}

interface Player {
  readonly userId: string;
  readonly device: string;
}

const HOMES: readonly Player[] = [
  { userId: GAMER.id, device: "Living room TV" },
  { userId: FRIEND.id, device: "Bedroom projector" },
  ...VIEWERS.slice(0, 5).map(({ id }, n) => ({
    userId: id,
    device: ["Phone in the bathtub", "Kitchen tablet", "Smart fridge", "Laptop on the train", "VR headset"][n] ?? "TV",
  })),
];
const REPORT_MS = 3_000;
/** Each report is of so much of the picture: a film takes minutes here, so that its end is seen. */
const SKIP_S = 30;

/** Players at home, which tell how far they are; and the remote controls that their owners play with. */
export function playPlayback(stage: Stage): void {
  const { random, pace, place } = stage;
  for (const player of HOMES) stage.act(player.device, () => evening(player));
  stage.act("a remote control", remote);

  /** Watches one thing after the other, then is switched off for a while. */
  async function evening({ userId, device }: Player): Promise<void> {
    await pace.wait(500, 8_000);
    await stage.with("playback", { name: device }, "", async (socket) => {
      await ask(socket, "authenticate", { token: await place.sign(userId) });
      let ordered: Item | undefined;
      socket.on("play", ({ episodeId, movieId }: { episodeId?: string; movieId?: string }, confirm?: () => void) => {
        ordered = episodeId ? itemOf("tv", episodeId) : itemOf("movie", movieId ?? MOVIE);
        confirm?.();
      });
      const isStopped = () => ordered !== undefined;
      for (let films = random.whole(1, 3); films > 0 && socket.connected; ) {
        const item = ordered ?? anything(userId);
        ordered = undefined;
        await watch(socket, item, isStopped);
        // What somebody has chosen by remote control is played whatever was planned.
        if (!ordered) films--;
      }
    });
    await pace.wait(8_000, 25_000);
  }

  async function watch(socket: Socket, item: Item, isStopped: () => boolean): Promise<void> {
    const { type, id, seconds } = item;
    const what = type === "tv" ? { type, episodeId: id } : { type, movieId: id };
    for (let time = random.whole(0, Math.floor(seconds / 2)); time < seconds; time += SKIP_S) {
      if (isStopped() || !socket.connected) return;
      const reply = await ask(socket, "playing", { ...what, time, progress: time / seconds });
      if (!reply.success) return;
      await pace.wait(REPORT_MS, REPORT_MS * 1.3);
    }
  }

  /** Somebody looks what runs at home, and switches it over from the couch. */
  async function remote(): Promise<void> {
    await pace.wait(8_000, 20_000);
    const { userId } = random.of(HOMES);
    const home = stage.rest("playback", await place.sign(userId));
    const clients = await home.get<{ clientId: string }[]>("/clients");
    if (clients.length === 0) return;
    const { clientId } = random.of(clients);
    const { type, id } = anything(userId);
    await home.post(`/client/${clientId}/playback?confirm=2000`, type === "tv" ? { episodeId: id } : { movieId: id });
  }

  function anything(userId: string): Item {
    if (userId === GAMER.id && random.isLikely(0.4)) return itemOf("movie", MOVIE);
    const title = random.of(TITLES);
    return itemOf(title.type, idOf(title, random.whole(1, 8)));
  }
}

function idOf({ type, tmdbId }: Title, episode: number): string {
  return type === "tv" ? `tv-${tmdbId}-s01e0${episode}` : `movie-${tmdbId}`;
}

function itemOf(type: "movie" | "tv", id: string): Item {
  return { type, id, seconds: type === "tv" ? 1_500 : 5_400 };
}
