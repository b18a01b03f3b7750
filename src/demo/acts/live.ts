import { APP, MODERATOR, type Person, STREAM, STREAMER, TROLLS, VIEWERS } from "../cast";
import { Deck } from "../deck";
import {
  addressed,
  DIALOGUES,
  EMOJI,
  GREETINGS,
  LINES,
  MUSINGS,
  RELIEF,
  TITLES,
  TROLLING,
  WARNINGS,
} from "../script/chat";
import type { Stage } from "../stage";
import { Crowd } from "./crowd";
import { Party } from "./party";

const CAST = new Set([STREAMER, MODERATOR, ...TROLLS, ...VIEWERS].map(({ id }) => id));

/** A stream with its chat, twice: a full house in the app `default`, and a few people in the document's app. */
export function playLive(stage: Stage): void {
  hold(stage, new Party(stage, "default"), new Crowd(stage.random, 7, 16), 1);
  hold(stage, new Party(stage, APP), new Crowd(stage.random, 2, 5), 4);
}

/** @param calm how much longer everything takes than in the full house */
function hold(stage: Stage, party: Party, crowd: Crowd, calm: number): void {
  const { pace, random } = stage;
  const pause = (minMs: number, maxMs: number) => pace.wait(minMs * calm, maxMs * calm);
  const dialogues = new Deck(random, DIALOGUES);
  const lines = new Deck(random, LINES);
  const musings = new Deck(random, MUSINGS);
  const trolling = new Deck(random, TROLLING);
  /** Who looks at the demo and said something, and waits for an answer. */
  const strangers: string[] = [];

  const guests = () => party.viewers.filter((each) => !TROLLS.includes(each));

  stage.act("the crew", async () => {
    for (const person of [STREAMER, MODERATOR]) {
      if (party.has(person)) continue;
      const socket = await party.join(person);
      if (person === MODERATOR) socket.emit("analytics:subscribe", { stream_id: STREAM });
      else await party.listen(CAST, ({ username }) => strangers.length < 3 && strangers.push(username));
    }
    await pause(3_000, 6_000);
  });

  stage.act("the broadcast", async () => {
    const server = stage.rest("live");
    const about = { app_id: party.appId };
    await server.post(`/v1/streams/${STREAM}/live`, { ...about, title: random.of(TITLES) });
    await pause(240_000, 480_000);
    if (random.isLikely(0.2))
      await server.post(`/v1/streams/${STREAM}/error`, { ...about, error: "The goose has unplugged the encoder" });
    else await server.post(`/v1/streams/${STREAM}/offline`, about);
    await pause(8_000, 15_000);
  });

  stage.act("the door", async () => {
    const present = guests();
    // Who comes first need not wait for long to be in company.
    if (present.length < crowd.min) await pace.wait(200, 800);
    else await pause(1_500, 6_000);
    const absent = VIEWERS.filter((each) => !party.has(each));
    if (crowd.wantsMore(present.length) && absent.length > 0) await party.join(random.of(absent));
    else if (present.length > 0) party.leave(random.of(present));
  });

  stage.act("the talk", async () => {
    await pause(800, 3_500);
    const stranger = strangers.shift();
    const present = random.shuffled(guests());
    const [somebody] = present;
    if (!somebody) return;
    if (stranger !== undefined) await party.say(somebody, addressed(random.of(GREETINGS), stranger));
    else if (random.isLikely(0.45)) await converse(party, present);
    else if (random.isLikely(0.15)) await party.say(STREAMER, musings.next());
    else await party.say(somebody, lines.next());
  });

  stage.act("the reactions", async () => {
    await pause(1_000, 5_000);
    const emoji = random.of(EMOJI);
    const many = random.isLikely(0.2) ? random.whole(5, 12) : random.whole(1, 2);
    for (let n = 0; n < many; n++) {
      const viewers = party.viewers;
      if (viewers.length === 0) return;
      await party.does(random.of(viewers), "reaction:send", { emoji });
      await pace.wait(60, 400);
    }
  });

  stage.act("the troll", async () => {
    await pause(40_000, 100_000);
    const troll = random.of(TROLLS);
    // Still banned from the last time: that is told at the door.
    await party
      .join(troll)
      .then(() => misbehave(troll))
      .catch(async (error) => {
        if (pace.isOver) throw error;
      });
    party.leave(troll);
  });

  async function converse(party: Party, present: readonly Person[]): Promise<void> {
    for (const [speaker, line] of dialogues.next()) {
      const who = speaker === 0 ? STREAMER : present[speaker % present.length];
      if (who) await party.say(who, line);
      await pace.wait(400, 1_600);
    }
  }

  /** The ladder that every moderator knows: delete, warn, slow mode, mute, ban. */
  async function misbehave(troll: Person): Promise<void> {
    const act = (event: string, more: object) => party.does(MODERATOR, event, more);
    const spam = async () => {
      const { message_id } = await party.say(troll, trolling.next());
      await pace.wait(800, 2_000);
      if (message_id) await act("moderation:delete-message", { message_id });
    };
    const whom = { target_user_id: troll.id };
    await spam();
    await party.say(MODERATOR, addressed(random.of(WARNINGS), troll.name));
    await act("moderation:slow-mode", { enabled: true, interval: 5 });
    for (let n = random.whole(1, 3); n > 0; n--) await spam();
    await act("moderation:mute", { ...whom, duration: 30, reason: "Not so loud" });
    await party.say(troll, "you can not silence me");
    if (random.isLikely(0.3)) {
      await act("moderation:unmute", { ...whom, reason: "Second chance" });
      await party.say(troll, "ok ok I am sorry");
    } else {
      await act("moderation:ban", {
        ...whom,
        duration: 60,
        reason: random.of(["Spoilers", "Spam", "Goose propaganda"]),
      });
      await pace.wait(1_000, 3_000);
      const viewers = party.viewers;
      if (viewers.length > 0) await party.say(random.of(viewers), random.of(RELIEF));
      if (random.isLikely(0.3)) await act("moderation:unban", { ...whom, reason: "Apology accepted" });
    }
    await act("moderation:slow-mode", { enabled: false });
  }
}
