import { expect, test } from "bun:test";
import type { Client } from "../../client";
import { temporaryFolder } from "../../harness";
import { StudioApp } from "./fixture";

// Everything at once: many jobs, workers that die, come back from the dead and report nonsense, followers that lose
// their connection, and a server that is stopped half-way. Whatever happens, every job ends exactly once, and everybody
// who follows it sees that.

const USERS = 25;
const JOBS_OF_USER = 40;
const WORKERS = 10;
const TIMEOUT_MS = 10_000;
const TERMINAL = new Set(["mediaComplete", "mediaError"]);

type Heard = { event: string; payload: { mediaId: string; progress?: number; code?: string } };

/** The same numbers in every run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Somebody who follows all of a user's jobs, and again those that are not over when the connection was lost. */
class Follower {
  readonly userId: string;
  readonly open = new Set<string>();
  readonly heard = new Map<string, Heard[]>();
  #client: Client | undefined;

  constructor(userId: string) {
    this.userId = userId;
  }

  async connect(studio: StudioApp): Promise<void> {
    this.leave();
    const client = await studio.user(this.userId, "/media");
    this.#client = client;
    client.socket.onAny((event, payload) => {
      if (!event.startsWith("media")) return;
      this.heard.set(payload.mediaId, [...(this.heard.get(payload.mediaId) ?? []), { event, payload }]);
      if (TERMINAL.has(event)) this.open.delete(payload.mediaId);
    });
    const answers = await Promise.all([...this.open].map((id) => client.ask("subscribeMedia", id)));
    expect(answers.every(({ success }) => success)).toBe(true);
  }

  leave(): void {
    this.#client?.close();
  }

  /** Until everything that was sent has come. */
  async settle(): Promise<void> {
    await this.#client?.rest();
  }
}

/** What a worker does in one step, by chance; what it got and how it ended is kept by the test. */
class Worker {
  readonly name: string;
  job: string | undefined;
  progress = 0;
  /** Jobs that it was working on when it died. */
  readonly ghosts: string[] = [];
  readonly claims: string[] = [];
  readonly ended: string[] = [];

  constructor(name: string) {
    this.name = name;
  }

  async step(studio: StudioApp, random: () => number): Promise<void> {
    const chance = random();
    const ghost = this.ghosts[0];
    if (ghost && chance < 0.1) {
      // Back from the dead: it may be in time, and else is told.
      const { status } = await studio.asServer(`/media/${ghost}/complete`, {
        url: "https://media.example.com/late.png",
      });
      expect([200, 409]).toContain(status);
      if (status === 200) this.ended.push(ghost);
      this.ghosts.shift();
      return;
    }
    if (!this.job) {
      const { status, body } = await studio.asServer("/media/claim", { worker: this.name });
      if (status === 204) return;
      this.job = body.data.mediaId as string;
      this.progress = 0;
      this.claims.push(this.job);
      return;
    }
    const { job } = this;
    if (chance < 0.12) {
      this.ghosts.push(job);
      this.job = undefined;
    } else if (chance < 0.5) {
      this.progress = Math.min(100, this.progress + random() * 60);
      // Now and then an old report comes late.
      const progress = chance < 0.2 ? this.progress * random() : this.progress;
      const { status } = await studio.asServer(`/media/${job}/progress`, { progress, stage: "rendering" });
      if (status === 409) this.job = undefined;
      else expect(status).toBe(200);
    } else {
      const [path, json] =
        chance < 0.9 ? ["complete", { url: "https://media.example.com/1.png" }] : ["error", { error: "No" }];
      const { status } = await studio.asServer(`/media/${job}/${path}`, json);
      expect([200, 409]).toContain(status);
      if (status === 200) this.ended.push(job);
      this.job = undefined;
    }
  }
}

test.each([1])(
  "ten workers, a thousand jobs, deaths, losses and a restart: every job ends once (seed %i)",
  async (seed) => {
    using folder = temporaryFolder();
    const random = randomFrom(seed);
    const env = { HEADEND_DATA: folder.path, HEADEND_WORKER_TIMEOUT_MS: `${TIMEOUT_MS}` };
    let studio = await StudioApp.start(env);
    try {
      const followers = Array.from({ length: USERS }, (_, n) => new Follower(`user ${n}`));
      const owners = new Map<string, Follower>();
      for (const follower of followers) {
        const ids = await Promise.all(Array.from({ length: JOBS_OF_USER }, () => studio.job(follower.userId)));
        for (const id of ids) {
          follower.open.add(id);
          owners.set(id, follower);
        }
        await follower.connect(studio);
      }
      const workers = Array.from({ length: WORKERS }, (_, n) => new Worker(`worker ${n}`));
      const cancelled: string[] = [];
      let hasRestarted = false;
      for (let round = 0; followers.some(({ open }) => open.size > 0); round++) {
        if (round > 3_000) throw new Error("it does not end");
        await Promise.all(workers.map((worker) => worker.step(studio, random)));
        if (random() < 0.1) {
          const follower = followers[Math.floor(random() * USERS)];
          if (follower) await follower.connect(studio);
        }
        if (random() < 0.2) {
          const [id, follower] = [...owners][Math.floor(random() * owners.size)] ?? [];
          if (id && follower) {
            const { status } = await studio.as(follower.userId, `/media/${id}`, undefined, "DELETE");
            if (status === 200) cancelled.push(id);
            else expect(status).toBe(409);
          }
        }
        await studio.clock.advance(Math.floor(random() * 2_000));
        const left = followers.reduce((sum, { open }) => sum + open.size, 0);
        if (!hasRestarted && left < (USERS * JOBS_OF_USER) / 2) {
          hasRestarted = true;
          for (const follower of followers) await follower.settle();
          for (const follower of followers) follower.leave();
          await studio.server.app.stop();
          studio = await StudioApp.start(env, studio.clock);
          for (const follower of followers) await follower.connect(studio);
        }
      }
      expect(hasRestarted).toBe(true);
      // Long after, and with everything said, nothing more comes.
      await studio.clock.advance(10 * TIMEOUT_MS);
      for (const follower of followers) await follower.settle();
      const claims = workers.flatMap((worker) => worker.claims);
      expect(new Set(claims).size).toBe(claims.length);
      const byHand = [...workers.flatMap((worker) => worker.ended), ...cancelled];
      expect(new Set(byHand).size).toBe(byHand.length);
      let lost = 0;
      for (const [id, follower] of owners) {
        const heard = follower.heard.get(id) ?? [];
        const terminal = heard.filter(({ event }) => TERMINAL.has(event));
        expect([id, terminal.length, heard.at(-1)]).toEqual([id, 1, terminal[0]]);
        const progress = heard.flatMap(({ payload }) => payload.progress ?? []);
        expect(progress).toEqual([...progress].sort((a, b) => a - b));
        const { body } = await studio.as(follower.userId, `/media/${id}`);
        const event = body.data.status === "completed" ? "mediaComplete" : "mediaError";
        expect([id, body.data.finishedAt, terminal[0]?.event]).toEqual([id, expect.any(String), event]);
        const isLost = terminal[0]?.payload.code === "WORKER_LOST";
        if (isLost) lost++;
        expect([id, isLost, cancelled.includes(id)]).toEqual([
          id,
          !byHand.includes(id),
          body.data.status === "cancelled",
        ]);
      }
      expect(lost).toBeGreaterThan(20);
      expect(byHand.length + lost).toBe(USERS * JOBS_OF_USER);
      for (const follower of followers) follower.leave();
    } finally {
      await studio.server[Symbol.asyncDispose]();
    }
  },
);
