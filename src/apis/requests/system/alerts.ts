/** A condition that is looked at again and again. */
export interface Condition {
  readonly key: string;
  readonly severity: "warning" | "critical";
  readonly category: string;
  readonly title: string;
  /** What it is now. */
  readonly value: number;
  /** Above this it is wrong … */
  readonly threshold: number;
  /** … and right again below this. */
  readonly clearBelow: number;
  readonly message: string;
  /** What the figure is called, beside `threshold`. */
  readonly metric: string;
  readonly recommendations: readonly string[];
}

/** As `admin:system:alert` tells it; times are epoch ms. */
export interface Alert {
  readonly id: string;
  readonly severity: "info" | "warning" | "critical";
  readonly category: string;
  readonly title: string;
  readonly message: string;
  readonly timestamp: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly recommendations: readonly string[];
  readonly resolvedAt?: number;
}

/** One sample may be an accident. */
const IN_A_ROW = 2;

/**
 * Turns figures into alerts that do not flap: one begins with the second sample in a row past its threshold, and ends
 * with the first below a lower one. Between the two nothing changes.
 */
export class Alerts {
  readonly #active = new Map<string, Alert>();
  readonly #streaks = new Map<string, number>();

  /** Looks at all conditions as they are now. @returns what is to be told: alerts that begin, and alerts that end */
  look(conditions: readonly Condition[], now: number): Alert[] {
    return conditions.flatMap((condition) => this.#look(condition, now) ?? []);
  }

  /** Oldest first. */
  get active(): readonly Alert[] {
    return [...this.#active.values()];
  }

  #look(condition: Condition, now: number): Alert | undefined {
    const { key, value, threshold, clearBelow, metric, title } = condition;
    const active = this.#active.get(key);
    const metrics = { [metric]: value, threshold };
    if (active) {
      if (value >= clearBelow) return undefined;
      this.#active.delete(key);
      const message = `${title}: resolved`;
      return { ...active, severity: "info", message, metrics, recommendations: [], timestamp: now, resolvedAt: now };
    }
    const streak = value > threshold ? (this.#streaks.get(key) ?? 0) + 1 : 0;
    if (streak < IN_A_ROW) {
      this.#streaks.set(key, streak);
      return undefined;
    }
    this.#streaks.delete(key);
    const { severity, category, message, recommendations } = condition;
    const id = Bun.randomUUIDv7("hex", now);
    const alert = { id, severity, category, title, message, timestamp: now, metrics, recommendations };
    this.#active.set(key, alert);
    return alert;
  }
}
