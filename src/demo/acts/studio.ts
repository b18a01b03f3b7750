import type { Socket } from "socket.io-client";
import { FRIEND, GAMER, type Person, ROOM, VIEWERS } from "../cast";
import { ANY_STAGES, FAULTS, ORDERS, STAGES, UPDATES } from "../script/studio";
import { ask, type Stage } from "../stage";

interface Job {
  readonly mediaId: string;
  readonly kind: string;
  readonly status: string;
}
interface Answer<T> {
  readonly data: T;
}

/** More than that wait already: nobody orders more until the workers have caught up. */
const MAX_OPEN = 8;
const SHIFT_MS = 20 * 60_000;

/** Artists who order things, workers who make them, and a project that goes on and on. */
export function playStudio(stage: Stage, pictureOf: (mediaId: string) => string): void {
  const { random, pace, place } = stage;
  const server = stage.rest("studio");
  const artists: readonly Person[] = [GAMER, FRIEND, ...VIEWERS.slice(5, 10)];

  for (let n = 0; n < 3; n++) stage.act("an artist", orders);
  for (const name of ["gpu-attic", "gpu-cellar", "laptop-of-the-intern"]) stage.act(name, () => works(name));

  stage.act("the project room", async () => {
    const sockets: Socket[] = [];
    for (const { id } of [GAMER, FRIEND]) {
      const auth = { token: await place.sign(id) };
      for (const namespace of ["", "/notifications"]) sockets.push(await stage.open("studio", auth, namespace));
    }
    for (const socket of sockets) await ask(socket, "joinRoom", ROOM);
    const until = pace.elapsed + SHIFT_MS;
    for (let step = 0; pace.elapsed < until; step++) {
      await pace.wait(5_000, 15_000);
      const payload = { projectId: ROOM, ...UPDATES[step % UPDATES.length] };
      await server.post(`/api/v1/rooms/${ROOM}/emit`, { event: "projectUpdate", payload });
      for (const socket of sockets) await ask(socket, "heartbeat", {});
    }
    for (const socket of sockets) stage.close(socket);
  });

  async function orders(): Promise<void> {
    await pace.wait(6_000, 18_000);
    const { id, name, email } = random.of(artists);
    const token = await place.sign(id, { username: name, email });
    const call = stage.rest("studio", token);
    const isMember = id === GAMER.id || id === FRIEND.id;
    const waiting = await call.get<Answer<readonly Job[]>>("/api/v1/media?status=queued");
    if (waiting.data.length >= MAX_OPEN) return;
    const order = { ...random.of(ORDERS), ...(isMember && { projectId: ROOM }) };
    const { data: job } = await call.post<Answer<Job>>("/api/v1/media", order);
    await stage.with("studio", { token }, "/media", async (socket) => {
      const over = new Promise<void>((resolve) => {
        for (const end of ["mediaComplete", "mediaError", "disconnect"]) socket.once(end, () => resolve());
      });
      await ask(socket, "subscribeMedia", job.mediaId);
      // Second thoughts, now and then.
      const patience = pace.wait(random.isLikely(0.1) ? 4_000 : 120_000);
      const isDone = await Promise.race([over.then(() => true), patience.then(() => false)]);
      // It may be over at just this moment.
      if (!isDone) await call.delete(`/api/v1/media/${job.mediaId}`).catch(() => {});
      patience.catch(() => {});
    });
  }

  async function works(worker: string): Promise<void> {
    await pace.wait(1_500, 5_000);
    const { data: job } = await server.post<Partial<Answer<Job>>>("/api/v1/media/claim", { worker });
    if (!job) return;
    const tell = (what: string, body: object) => server.post(`/api/v1/media/${job.mediaId}/${what}`, body);
    const stages = STAGES[job.kind] ?? ANY_STAGES;
    const fault = random.isLikely(0.12) ? random.of(FAULTS) : undefined;
    const end = fault ? random.whole(30, 80) : 100;
    try {
      for (let progress = 0; progress < end; progress += random.whole(3, 9)) {
        const at = stages[Math.floor((progress / 100) * stages.length)] ?? "working";
        await tell("progress", { progress, stage: at, message: `${worker} is ${at}` });
        await pace.wait(700, 1_800);
      }
      if (fault) await tell("error", { code: fault[0], error: fault[1] });
      else await tell("complete", { url: pictureOf(job.mediaId), metadata: { worker, width: 512, height: 512 } });
    } catch (error) {
      // Cancelled meanwhile: the work is for nothing.
      if (!String(error).includes("409")) throw error;
    }
  }
}
