import { tokenOf, Visitor } from "../place";
import { type Pledge, pairs, type Visit } from "./pledge";

/** Sends on until the visit is over; first again what nobody answered. A resend must not become a second message. */
async function chatter(
  { ledger, isOver, user }: Visit,
  visitor: Visitor,
  kind: string,
  event: string,
  where: object,
): Promise<void> {
  for (let n = 0; visitor.isOpen && !isOver(); n++) {
    const [author, client_id] = ledger.unanswered.shift()?.split(" ") ?? [user, `${kind}-${user}-${n}`];
    // Only its author can send it again: the others' wait for theirs.
    if (author !== user || client_id === undefined) continue;
    const answer = await visitor.ask(event, { ...where, message: `Message ${client_id}`, client_id });
    if (answer?.success) ledger.note(client_id, 1);
    else if (!answer) ledger.unanswered.push(`${author} ${client_id}`);
    // 5 a second, and 100 a minute.
    await Bun.sleep(n < 5 ? 5 : 210);
  }
}

/** @param kind begins the ids of its messages */
function chatOf(name: string, kind: string, visit: Pledge["visit"]): Pledge {
  return {
    name,
    visit,
    stored: (db) => pairs(db, `SELECT client_id, 1 FROM chat_messages WHERE client_id GLOB '${kind}-*'`),
    excess: (db) =>
      db
        .query<{ id: string }, []>(
          `SELECT client_id AS id FROM chat_messages WHERE client_id GLOB '${kind}-*' GROUP BY client_id HAVING count(*) > 1`,
        )
        .all()
        .map(({ id }) => `${name}: message ${id} is there twice`),
  };
}

/** What is said beside a stream. */
export const streamChat = chatOf("stream chat", "stream", async (visit) => {
  const { place, user, transport, random } = visit;
  const visitor = await Visitor.open(place, "live", { token: await tokenOf(user) }, { transport });
  const stream_id = `stream-${random.whole(1, 5)}`;
  await visitor?.ask("chat:join", { stream_id });
  if (visitor) await chatter(visit, visitor, "stream", "chat:message", { stream_id });
  visitor?.close();
});

/** What is said beside a video. */
export const videoChat = chatOf("video chat", "video", async (visit) => {
  const { place, user, transport } = visit;
  const token = await tokenOf(user, "instructor");
  const [course, video_id] = [`chat-${user}`, `chat-video-${user}`];
  await place.call("learning", "POST", "/api/v1/courses", token, { id: course, title: "A course" });
  const video = { id: video_id, title: "A video", duration_seconds: 100 };
  await place.call("learning", "POST", `/api/v1/courses/${course}/videos`, token, video);
  const visitor = await Visitor.open(place, "learning", { token }, { transport });
  await visitor?.ask("join_video", { video_id });
  if (visitor) await chatter(visit, visitor, "video", "send_chat_message", { video_id });
  visitor?.close();
});

/** Who may not speak, and who may not come. */
export const restrictions: Pledge = {
  name: "bans and mutes",
  async visit({ place, user, transport, random, ledger, isOver }) {
    const visitor = await Visitor.open(place, "live", { token: await tokenOf(user, "moderator") }, { transport });
    const stream_id = `stream-${random.whole(1, 5)}`;
    await visitor?.ask("chat:join", { stream_id });
    // 20 a minute.
    for (let n = 0; n < 20 && visitor?.isOpen && !isOver(); n++) {
      const kind = random.of(["ban", "mute"] as const);
      const target_user_id = `${user}-target-${n}`;
      const answer = await visitor.ask(`moderation:${kind}`, {
        stream_id,
        target_user_id,
        reason: "x",
        duration: 3600,
      });
      if (answer?.success) ledger.note(`${kind} ${target_user_id}`, 1);
      await Bun.sleep(random.whole(5, 60));
    }
    visitor?.close();
  },
  stored: (db) => pairs(db, "SELECT kind || ' ' || user_id, 1 FROM restrictions"),
};
