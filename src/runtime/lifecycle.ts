import type { Log } from "./log";

type Phase = "starting" | "ready" | "draining" | "stopped";

/**
 * Remembers how to undo what start-up did, in the order it was done. Stopping, and a start that fails half-way, both
 * unwind that list from its end: what was opened last is closed first.
 */
export class Lifecycle {
  readonly #log: Log;
  readonly #steps: { name: string; undo: () => void | Promise<void> }[] = [];
  #stopping: Promise<boolean> | undefined;
  phase: Phase = "starting";

  constructor(log: Log) {
    this.#log = log;
  }

  /** `undo` runs when the app stops, before everything that was registered earlier. */
  onStop(name: string, undo: () => void | Promise<void>): void {
    this.#steps.push({ name, undo });
  }

  /** Unwinds once; later calls wait for the first. True when every step succeeded. */
  stop(): Promise<boolean> {
    this.#stopping ??= this.#unwind();
    return this.#stopping;
  }

  async #unwind(): Promise<boolean> {
    this.phase = "draining";
    let clean = true;
    for (const { name, undo } of this.#steps.reverse()) {
      try {
        await undo();
      } catch (error) {
        // One step that fails must not keep the rest from running: the last flush comes after the sockets.
        clean = false;
        this.#log.error({ err: error, step: name }, "a step of stopping failed");
      }
    }
    this.phase = "stopped";
    return clean;
  }
}
