import type { Config } from "../../config";

export type Verdict = "ok" | "warning" | "problem";

/** One thing that was looked at. */
export interface Finding {
  readonly verdict: Verdict;
  readonly what: string;
  /** What to do, in a sentence; with every verdict but `ok`. */
  readonly advice?: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** What there is to look at. */
export interface Patient {
  readonly environment: Environment;
  readonly config: Config;
  /** The server that runs on the data folder. */
  readonly server: { readonly pid: number } | undefined;
  /** Look at every page of the database, however long that takes. */
  readonly isThorough: boolean;
}

export type Exam = (patient: Patient) => Promise<Finding[]> | Finding[];

export function ok(what: string): Finding {
  return { verdict: "ok", what };
}

export function warning(what: string, advice: string): Finding {
  return { verdict: "warning", what, advice };
}

export function problem(what: string, advice: string): Finding {
  return { verdict: "problem", what, advice };
}
