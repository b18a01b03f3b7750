import { WriteBehind } from "../../domain/progress/buffer";
import { Flushing } from "../../domain/progress/flushing";
import type { House } from "../../house";
import { Refusal } from "../../refusal";
import { Turns } from "../../runtime/turns";
import type { Advance, Job, JobStatus, JobStore } from "./store";

interface JobsOptions {
  readonly house: House;
  readonly store: JobStore;
  /** A claimed job whose worker is silent for so long is lost (`HEADEND_WORKER_TIMEOUT_MS`). */
  readonly workerTimeoutMs: number;
  /** Hears of every new state, stored states after they are; the last one of a job is over, and comes once. */
  changed(job: Job): void;
}

interface Running {
  job: Job;
  /** Monotonic ms of the worker's last sign of life. */
  heardAt: number;
}

/** What a worker says when it is done. */
interface Result {
  readonly url: string;
  readonly thumbnailUrl: string | null;
  readonly metadata: Readonly<Record<string, unknown>> | null;
}

/** Jobs of one user that are queued or being processed. */
const MAX_OPEN_JOBS = 1_000;
/** How many jobs one transaction ends. */
const BATCH = 500;
const MAX_BUFFERED = 1_000_000;

/**
 * The queue: queued, then claimed by one worker, then over, for one reason and once. The database decides every step
 * but percentages, which are written behind (CONTRACT §3.8).
 */
export class Jobs {
  readonly #options: JobsOptions;
  readonly #turns = new Turns();
  readonly #buffer: WriteBehind<Advance>;
  /**
   * What workers have now. All have the same time to report, so the order of their last reports, which is the order of
   * this map, is the order in which they are lost: a sweep looks at no more than those.
   */
  readonly #running = new Map<string, Running>();
  /** Whether the end of lost jobs could not be stored lately, which is told once. */
  #isFailing = false;

  constructor(options: JobsOptions) {
    this.#options = options;
    const { store, house, workerTimeoutMs } = options;
    const { clock, log, ticker, progress } = house;
    this.#buffer = new WriteBehind<Advance>({
      name: "job percentages",
      clock,
      log,
      maxRows: MAX_BUFFERED,
      write: (rows) => store.advance(rows),
    });
    // Workers that had a job when the server stopped have its start to count from.
    for (const job of store.processing()) this.#running.set(job.id, { job, heardAt: clock.elapsed() });
    new Flushing("job percentages", this.#buffer, ticker, progress.flushPeriodMs);
    const periodMs = Math.max(10, Math.min(1_000, workerTimeoutMs / 4));
    ticker.every("notice lost workers", periodMs, () => this.#loseSilent());
  }

  /** @throws Refusal `conflict` when the user has too many that are not over */
  create(job: Pick<Job, "userId" | "kind" | "prompt" | "projectId">): Promise<Job> {
    const { store, house } = this.#options;
    return this.#turns.take(async () => {
      const createdAt = house.clock.now();
      const id = Bun.randomUUIDv7("hex", createdAt);
      const added = await store.add({ ...job, id, createdAt }, MAX_OPEN_JOBS);
      if (!added) throw new Refusal("conflict", `A user has at most ${MAX_OPEN_JOBS} jobs that are not over`);
      return added;
    });
  }

  /** Gives the oldest queued job to a worker, or nothing when there is none. */
  claim(worker: string, kinds: readonly string[] | undefined): Promise<Job | undefined> {
    const { store, house } = this.#options;
    return this.#turns.take(async () => {
      const job = await store.claim(worker, kinds, house.clock.now());
      if (job) this.#running.set(job.id, { job, heardAt: house.clock.elapsed() });
      return job;
    });
  }

  /** The job as it is now, percentages that are not stored yet included. */
  async find(id: string): Promise<Job | undefined> {
    const stored = await this.#options.store.find(id);
    return this.#running.get(id)?.job ?? stored;
  }

  /**
   * Calls `look` with the job as it is at that moment: no change of it comes in between, and every later one is told
   * after it.
   */
  look(id: string, look: (job: Job | undefined) => void): Promise<void> {
    return this.#turns.take(async () => look(await this.find(id)));
  }

  async list(
    userId: string,
    page: { limit: number; status?: JobStatus | undefined; before?: string | undefined },
  ): Promise<Job[]> {
    const jobs = await this.#options.store.list(userId, page);
    return jobs.map((job) => this.#running.get(job.id)?.job ?? job);
  }

  /** Everybody's jobs of which something holds `text`, the newest first. */
  async search(text: string, limit: number): Promise<Job[]> {
    const jobs = await this.#options.store.search(text, limit);
    return jobs.map((job) => this.#running.get(job.id)?.job ?? job);
  }

  /**
   * A worker tells how far it is. A lower percentage than before is a sign of life and nothing more.
   *
   * @throws Refusal `not_found`; `conflict` when no worker has the job, or it is over
   */
  async report(id: string, progress: number, stage: string, message: string | null): Promise<Job> {
    const running = this.#running.get(id);
    if (!running) throw this.#notRunning(await this.find(id));
    const { clock } = this.#options.house;
    this.#running.delete(id);
    this.#running.set(id, running);
    running.heardAt = clock.elapsed();
    if (progress < running.job.progress) return running.job;
    const advance = { id, progress, stage, message, updatedAt: clock.now() };
    this.#buffer.put(id, "", advance);
    running.job = { ...running.job, ...advance };
    this.#options.changed(running.job);
    return running.job;
  }

  /** @throws Refusal as `report` */
  complete(id: string, result: Result): Promise<Job> {
    return this.#end(id, ["processing"], { ...result, status: "completed", progress: 100 });
  }

  /** @throws Refusal as `report` */
  fail(id: string, error: string, code: string | null): Promise<Job> {
    return this.#end(id, ["processing"], { status: "failed", error, code });
  }

  /** @throws Refusal `not_found`; `conflict` when the job is over */
  cancel(id: string): Promise<Job> {
    return this.#end(id, ["queued", "processing"], CANCELLED);
  }

  /** Removes everything of a user; who follows one of these jobs hears that it is cancelled. */
  async forget(userId: string): Promise<void> {
    for (const status of ["queued", "processing"] as const) {
      const open = await this.list(userId, { limit: MAX_OPEN_JOBS, status });
      const ids = open.map(({ id }) => id);
      await this.#turns.take(() => this.#finish(ids, ["queued", "processing"], CANCELLED));
    }
    await this.#options.store.forget(userId);
  }

  /** Removes jobs that ended before `beforeMs` for good. */
  prune(beforeMs: number): Promise<void> {
    return this.#options.store.prune(beforeMs);
  }

  /** Percentages that are not stored yet. */
  get unwritten(): number {
    return this.#buffer.size;
  }

  /** Writes percentages; false when the database cannot be written now. */
  flush(): boolean {
    return this.#buffer.flush();
  }

  async #end(id: string, from: readonly JobStatus[], change: Partial<Job> & { status: JobStatus }): Promise<Job> {
    const [ended] = await this.#turns.take(() => this.#finish([id], from, change));
    if (ended) return ended;
    throw this.#notRunning(await this.find(id));
  }

  async #finish(
    ids: readonly string[],
    from: readonly JobStatus[],
    change: Partial<Job> & { status: JobStatus },
  ): Promise<Job[]> {
    const { store, house, changed } = this.#options;
    const ended: Job[] = [];
    for (let at = 0; at < ids.length; at += BATCH) {
      const batch = ids.slice(at, at + BATCH);
      // How far they came goes with them: nothing writes it behind any more.
      const unwritten = batch.flatMap((id) => this.#buffer.get(id, "") ?? []);
      const rows = await store.finish(batch, from, change, house.clock.now(), unwritten);
      for (const job of rows) {
        this.#running.delete(job.id);
        this.#buffer.drop(job.id);
        changed(job);
      }
      ended.push(...rows);
    }
    return ended;
  }

  async #loseSilent(): Promise<void> {
    if (this.#silent().length === 0) return;
    const { log } = this.#options.house;
    try {
      await this.#turns.take(() => this.#finish(this.#silent(), ["processing"], LOST));
      this.#isFailing = false;
    } catch (error) {
      // They stay where they are, for the next sweep.
      if (!this.#isFailing) log.error({ err: error }, "jobs of lost workers could not be ended; it is tried again");
      this.#isFailing = true;
    }
  }

  #silent(): string[] {
    const since = this.#options.house.clock.elapsed() - this.#options.workerTimeoutMs;
    const ids: string[] = [];
    for (const [id, { heardAt }] of this.#running) {
      if (heardAt > since) break;
      ids.push(id);
    }
    return ids;
  }

  #notRunning(job: Job | undefined): Refusal {
    if (!job) return unknownMedia();
    if (job.status === "queued") return new Refusal("conflict", "No worker has claimed this job");
    return new Refusal("conflict", `The job is over: ${job.status}`);
  }
}

const CANCELLED = { status: "cancelled", error: "The job was cancelled", code: "CANCELLED" } as const;
const LOST = { status: "failed", error: "The worker has not been heard of", code: "WORKER_LOST" } as const;

/** The same for a job that is not there and for one that is not the caller's. */
export function unknownMedia(): Refusal {
  return new Refusal("not_found", "Media not found");
}

export function isOver({ status }: Job): boolean {
  return status !== "queued" && status !== "processing";
}
