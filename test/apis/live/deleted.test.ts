import { expect, test } from "bun:test";
import { Accounts } from "../../../src/domain/accounts/accounts";
import { Limits } from "../../../src/domain/limits";
import { openLog } from "../../../src/runtime/log";
import { openStore } from "../../../src/store/database";
import { FakeClock } from "../../clock";
import { startTestApp, token } from "../../harness";

test("who joins after an account was deleted is not shown what it said, and its id moderates nothing", async () => {
  const clock = new FakeClock();
  await using app = await startTestApp({ clock });
  const { accounts, moderation } = app.app.house;
  await accounts.add({ id: "ann", roles: [] });
  await moderation.setModerator("default\0s", "ann", true, { moderatorId: "test" });
  const open = async (user: string) => {
    const client = await app.connect("live", { auth: { token: await token(user) } });
    await client.next("authenticated");
    await client.ask("chat:join", { stream_id: "s" });
    return client;
  };
  const said = async (client: Awaited<ReturnType<typeof open>>, message: string) => {
    const answer = client.ask("chat:message", { stream_id: "s", message });
    await client.ask("no such event");
    await clock.advance(60);
    expect(await answer).toMatchObject({ success: true });
  };
  const [ann, bob] = [await open("ann"), await open("bob")];
  await said(ann, "I am Ann");
  await said(bob, "I am Bob");

  const gone = ann.disconnected();
  const store = await openStore(app.folder);
  const command = new Accounts(store, clock, new Limits(clock), openLog("error", { write: () => undefined }));
  await command.remove("ann");
  store.close();
  await clock.advance(2_000);
  expect(await gone).toBe("io server disconnect");
  const shown = async () => {
    const late = await open("cleo");
    const { recent_messages } = await late.next<{ recent_messages: { message: string }[] }>("chat:joined");
    late.close();
    return recent_messages.map(({ message }) => message);
  };
  let messages = await shown();
  for (let tries = 0; tries < 50 && messages.length > 1; tries++) messages = await shown();
  expect(messages).toEqual(["I am Bob"]);
  expect(moderation.isModerator("default\0s", "ann")).toBe(false);
  expect(app.log.filter(({ level }) => level === "error")).toEqual([]);
});
