import { lookAt } from "../../store/look";
import { type Exam, type Finding, ok, problem, warning } from "./finding";

const MEGABYTE = 1 << 20;

/** Whether the database is sound, and of this version. */
export const database: Exam = ({ config, isThorough, server }) => {
  const look = lookAt(config.data, isThorough);
  if (!look) return [ok("there is no database yet; it is made at the first start")];
  const found: Finding[] = [];
  if (look.problem) {
    const advice = "Stop the server, and put the last backup in its place: headend restore FILE.";
    found.push(problem(`the database is damaged or cannot be read: ${look.problem}`, advice));
  } else {
    const how = isThorough ? "sound in every page" : "sound at a quick look (--thorough reads every page)";
    found.push(ok(`${(look.bytes / MEGABYTE).toFixed(1)} MB, ${how}`));
  }
  if (look.isNewer) {
    found.push(
      problem("a newer version of Headend has written the database", "Use that version, or restore an older backup."),
    );
  } else if (look.pending > 0 && !look.problem) {
    const what = `${look.pending} changes of the tables are made at the next start`;
    const advice = "Make a backup before: the version of now does not read the tables of then.";
    found.push(server ? warning(`${what}: the running server is an older version`, advice) : warning(what, advice));
  }
  return found;
};
