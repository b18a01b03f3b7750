import { Source } from "./source";

export interface Toast {
  readonly key: number;
  readonly text: string;
  readonly tone: "good" | "bad";
}

const SHOWN_MS = 7_000;

/** Sentences that come and go: what has been done. */
export class Toasts {
  readonly shown = new Source<readonly Toast[]>([]);
  #next = 0;

  say(text: string, tone: Toast["tone"] = "good"): void {
    const toast = { key: this.#next++, text, tone };
    this.shown.value = [...this.shown.value.slice(-3), toast];
    setTimeout(() => this.dismiss(toast), SHOWN_MS);
  }

  dismiss(toast: Toast): void {
    this.shown.value = this.shown.value.filter((each) => each !== toast);
  }
}
