import type { Neighbours } from "../neighbours";
import type { Stage } from "../stage";
import { playLearning } from "./learning";
import { playLive } from "./live";
import { playPlayback } from "./playback";
import { playRequests } from "./requests";
import { playStudio } from "./studio";

/** Keeps the APIs that are served moving, until the stage ends. */
export function play(stage: Stage, neighbours: Neighbours): void {
  const acts: Readonly<Record<string, () => void>> = {
    playback: () => playPlayback(stage),
    requests: () => {
      playRequests(stage);
      stage.act("the machine room", () => neighbours.misbehave(stage));
    },
    studio: () => playStudio(stage, (mediaId) => neighbours.pictureUrl(mediaId)),
    live: () => playLive(stage),
    learning: () => playLearning(stage),
  };
  for (const [api, act] of Object.entries(acts)) if (stage.place.url(api) !== undefined) act();
}
