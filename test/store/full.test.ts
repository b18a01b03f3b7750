import { expect, test } from "bun:test";
import { temporaryFolder } from "../harness";
import { ROOT } from "../process/server";

/** In a process of its own, whose files may get no larger than a page for a while. */
const PROGRAM = `
  import { openStore } from ${JSON.stringify(`${ROOT}/src/store/database`)};
  const store = await openStore(process.argv[1]);
  const limit = (bytes) => Bun.spawnSync(["prlimit", "--pid", String(process.pid), "--fsize=" + bytes + ":unlimited"]);
  const ask = () => { try { store.demandWritable(); return "fine"; } catch (error) { return error.code; } };
  const answers = [ask()];
  limit(4096);
  answers.push(ask());
  limit("unlimited");
  answers.push(ask());
  console.log(answers.join(" "));
  store.close();
`;

test("asked whether it can be written, a database on a full disk says no, and yes once there is room", async () => {
  using folder = temporaryFolder();
  const child = Bun.spawn([process.execPath, "-e", PROGRAM, folder.path], { stdout: "pipe", stderr: "inherit" });
  expect((await new Response(child.stdout).text()).trim()).toBe("fine SQLITE_IOERR_WRITE fine");
});
