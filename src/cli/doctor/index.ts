import { styleText } from "node:util";
import { readArguments } from "../arguments";
import { type Command, tell } from "../command";
import { clock } from "./clock";
import { database } from "./database";
import { type Exam, type Finding, type Patient, problem, type Verdict } from "./finding";
import { disk, folder } from "./folder";
import { issuer, proxies, services } from "./network";
import { ports } from "./ports";
import { secrets } from "./secrets";
import { resources, runningServer, server } from "./server";
import { readable, settings } from "./settings";

const usage = "doctor [--thorough] [--json]";

const EXAMS: Readonly<Record<string, Exam>> = {
  settings,
  secrets,
  data: folder,
  disk,
  database,
  clock,
  ports,
  proxies,
  issuer,
  services,
  machine: resources,
  server,
};
const COLOURS = { ok: "green", warning: "yellow", problem: "red" } as const;

interface Line extends Finding {
  readonly area: string;
}

export const doctorCommand: Command = {
  usage,
  summary: "Looks at everything that a server needs, beside a running one or before the first start, and gives advice.",
  options: {
    "--thorough": "reads every page of the database, which takes a while where there is much",
    "--json": "prints {findings: [{area, verdict, what, advice?}], warnings, problems} on one line",
  },
  examples: ["headend doctor", "headend doctor --json | jq -r '.findings[] | select(.verdict != \"ok\") | .what'"],
  help: () =>
    "Nothing is changed and nobody is disturbed. The exit code is 1 when there is a problem; warnings are none.",
  async run(typed) {
    const { flags } = readArguments(typed, usage, [], ["thorough", "json"]);
    const { config, wrong } = readable(process.env);
    const patient = {
      environment: process.env,
      config,
      server: runningServer(config),
      isThorough: flags.has("thorough"),
    };
    const rest = await Promise.all(Object.entries(EXAMS).map(([area, exam]) => examine(area, exam, patient)));
    const lines: Line[] = [...wrong.map((finding) => ({ area: "settings", ...finding })), ...rest.flat()];
    const count = (verdict: Verdict) => lines.filter((line) => line.verdict === verdict).length;
    const [warnings, problems] = [count("warning"), count("problem")];
    const text = `${lines.map(show).join("\n")}\n\n${summary(warnings, problems)}`;
    tell(flags.has("json"), text, { findings: lines, warnings, problems });
    return problems === 0 ? 0 : 1;
  },
};

/** An exam that fails is a finding as well, and keeps none of the others. */
async function examine(area: string, exam: Exam, patient: Patient): Promise<Line[]> {
  const findings = await Promise.resolve()
    .then(() => exam(patient))
    .catch((error: Error) => [problem(`this could not be looked at: ${error.message}`, "The other lines still hold.")]);
  return findings.map((finding) => ({ area, ...finding }));
}

function show({ area, verdict, what, advice }: Line): string {
  const line = `${area.padEnd(9)} ${paint(COLOURS[verdict], verdict.padEnd(8))} ${what}`;
  return advice ? `${line}\n${" ".repeat(19)}${paint("dim", advice)}` : line;
}

function paint(colour: Parameters<typeof styleText>[0], text: string): string {
  return process.stdout.isTTY && !process.env.NO_COLOR ? styleText(colour, text) : text;
}

function summary(warnings: number, problems: number): string {
  const some = (count: number, word: string) => `${count} ${word}${count === 1 ? "" : "s"}`;
  if (problems > 0) return `${some(problems, "problem")} and ${some(warnings, "warning")}`;
  return warnings > 0 ? `no problem, ${some(warnings, "warning")}` : "everything is fine";
}
