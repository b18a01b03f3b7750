import type { Chat, Message } from "../../domain/chat/chat";
import type { LogEntry, Moderation, Restriction } from "../../domain/moderation/moderation";
import type { Column, Field, Operator, Panel, Row, Section } from "../../panel";
import { MAX_ROWS } from "../../panel";
import { parse } from "../../parse";
import { Refusal } from "../../refusal";
import type { Audience } from "./audience";
import type { Authority } from "./authority";
import { liveContract } from "./contract";
import { type Actor, ADMIN } from "./ranks";
import type { StreamRecord } from "./store";
import { runningSince, type Stream, type Streams } from "./streams";
import { shown } from "./wire";

interface Parts {
  readonly streams: Streams;
  readonly audience: Audience;
  readonly authority: Authority;
  readonly chat: Chat;
  readonly moderation: Moderation;
}

type Fields = Readonly<Record<string, string>>;
type Act = (stream: Stream, fields: Fields, actor: Actor) => Promise<string>;

const SHOWN = 500;

const WHOM: Field = { name: "target_user_id", title: "User", kind: "text", hint: "the user's id" };
const HOW_LONG: Field = {
  name: "duration",
  title: "Seconds",
  kind: "number",
  isOptional: true,
  hint: "empty: for good",
};
const WHY: Field = { name: "reason", title: "Reason", kind: "text", isOptional: true };

/** What is on the streams of all apps, and what an operator can do there: the same as an admin among the moderators. */
export function streamsPanel(parts: Parts): Panel {
  const { streams, audience, authority } = parts;
  const acts = actsOf(authority);
  return {
    name: "streams",
    title: "Streams",
    columns: [
      { key: "stream", title: "Stream", kind: "id" },
      { key: "title", title: "Title", kind: "text" },
      { key: "app", title: "App", kind: "text" },
      { key: "status", title: "Status", kind: "state" },
      { key: "viewers", title: "Viewers", kind: "number" },
      { key: "peak", title: "Peak", kind: "number" },
      { key: "slow", title: "Slow mode, s", kind: "number" },
      { key: "since", title: "Live since", kind: "time" },
      { key: "created", title: "Created", kind: "time" },
    ],
    actions: [
      { name: "ban", title: "Ban a user", fields: [WHOM, HOW_LONG, WHY] },
      { name: "unban", title: "Unban a user", fields: [WHOM, WHY] },
      { name: "mute", title: "Mute a user", fields: [WHOM, HOW_LONG, WHY] },
      { name: "unmute", title: "Unmute a user", fields: [WHOM, WHY] },
      {
        name: "delete",
        title: "Delete a message",
        isDangerous: true,
        fields: [{ name: "message_id", title: "Message", kind: "text", hint: "its id, as the details show it" }],
      },
      {
        name: "slow",
        title: "Slow mode",
        fields: [{ name: "interval", title: "Seconds between two messages", kind: "number", initial: "10" }],
      },
      { name: "slow-off", title: "Slow mode off", fields: [] },
    ],
    rows: async (search) => streams.search(search, MAX_ROWS).map((record) => row(record)),
    details: (id) => detailsOf(parts, find(id)),
    async act(action, id, fields, by) {
      const act = acts[action];
      if (!act) throw new Refusal("not_found", "There is no such action");
      return act(find(id), fields, asActor(by));
    },
  };

  function row(record: StreamRecord): Row {
    const { appId, streamId, title, status, peakViewers, createdAt } = record;
    const stream = streams.inMemory(record);
    return {
      id: `${encodeURIComponent(appId)}/${streamId}`,
      stream: streamId,
      title,
      app: appId,
      status,
      viewers: stream ? audience.size(stream) : 0,
      peak: peakViewers,
      // Of streams that nobody uses it is not looked up.
      slow: (stream && authority.slowMode(stream).interval) || null,
      since: status === "live" ? runningSince(record) : null,
      created: createdAt,
    };
  }

  function find(id: string): Stream {
    const at = id.indexOf("/");
    return streams.get(decodeURIComponent(id.slice(0, Math.max(0, at))), id.slice(at + 1));
  }
}

/** As the sockets of moderators may, with what they would send: the same fields are refused in the same words. */
function actsOf(authority: Authority): Readonly<Record<string, Act>> {
  const { receives } = liveContract.namespaces["/"];
  const restrict =
    (kind: "ban" | "mute", word: string): Act =>
    async (stream, fields, actor) => {
      const given = parse(receives[`moderation:${kind}`].payload, { ...payloadOf(stream, fields) });
      await authority.restrict(stream, kind, given.target_user_id, given.duration, given.reason, actor);
      return `${given.target_user_id} is ${word} ${given.duration === null ? "for good" : `for ${given.duration} s`}`;
    };
  const lift =
    (kind: "ban" | "mute", word: string): Act =>
    async (stream, fields, actor) => {
      const given = parse(receives[`moderation:un${kind}`].payload, payloadOf(stream, fields));
      await authority.lift(stream, kind, given.target_user_id, given.reason, actor);
      return `${given.target_user_id} is ${word} any more`;
    };
  return {
    ban: restrict("ban", "banned"),
    unban: lift("ban", "not banned"),
    mute: restrict("mute", "muted"),
    unmute: lift("mute", "not muted"),
    async delete(stream, fields, actor) {
      const given = parse(receives["moderation:delete-message"].payload, payloadOf(stream, fields));
      await authority.deleteMessage(stream, given.message_id, actor);
      return "The message is deleted";
    },
    async slow(stream, fields, actor) {
      const given = parse(receives["moderation:slow-mode"].payload, { ...payloadOf(stream, fields), enabled: true });
      const interval = Number(given.interval);
      await authority.setSlowMode(stream, interval, actor);
      return `Everybody may say something every ${interval} s`;
    },
    async "slow-off"(stream, _fields, actor) {
      await authority.setSlowMode(stream, null, actor);
      return "Slow mode is off";
    },
  };
}

/** As it comes from a socket: numbers are numbers. */
function payloadOf({ record }: Stream, { duration, interval, ...fields }: Fields): Record<string, unknown> {
  return {
    ...fields,
    stream_id: record.streamId,
    ...(duration !== undefined && { duration: Number(duration) }),
    ...(interval !== undefined && { interval: Number(interval) }),
  };
}

function asActor({ userId }: Operator): Actor {
  return { userId, rank: ADMIN };
}

async function detailsOf({ audience, chat, moderation }: Parts, stream: Stream): Promise<Section[]> {
  const now = [...moderation.restrictions(stream.key)];
  const restricted = (kind: Restriction["kind"]) => now.filter((each) => each.kind === kind).map(restrictionRow);
  return [
    {
      title: "Viewers",
      columns: [column("user", "User"), { key: "name", title: "Name", kind: "text" }],
      rows: audience.viewers(stream, SHOWN).map(({ user, name }) => ({ id: user, user: shown(user), name })),
    },
    {
      title: "Last messages",
      columns: [
        column("id", "Message"),
        column("user", "User"),
        { key: "name", title: "Name", kind: "text" },
        { key: "text", title: "Text", kind: "text" },
        { key: "time", title: "Time", kind: "time" },
      ],
      rows: [...chat.recent(stream.key)].reverse().map(messageRow),
    },
    { title: "Bans", columns: RESTRICTION, rows: restricted("ban") },
    { title: "Mutes", columns: RESTRICTION, rows: restricted("mute") },
    {
      title: "Moderation log",
      columns: [
        { key: "time", title: "Time", kind: "time" },
        column("moderator", "By"),
        { key: "action", title: "Action", kind: "text" },
        column("target", "On"),
        { key: "reason", title: "Reason", kind: "text" },
        { key: "until", title: "Until", kind: "time" },
      ],
      rows: (await moderation.log(stream.key, SHOWN)).map(logRow),
    },
  ];
}

const RESTRICTION: readonly Column[] = [
  column("user", "User"),
  { key: "until", title: "Until", kind: "time" },
  { key: "reason", title: "Reason", kind: "text" },
  column("moderator", "By"),
  { key: "time", title: "Since", kind: "time" },
];

function column(key: string, title: string): Column {
  return { key, title, kind: "id" };
}

function messageRow({ id, userId, username, text, createdAt }: Message): Row {
  return { id, user: shown(userId), name: username, text, time: createdAt };
}

/** Without an end it is for good. */
function restrictionRow({ userId, until, reason, moderatorId, createdAt }: Restriction): Row {
  return { id: userId, user: shown(userId), until, reason, moderator: moderatorId, time: createdAt };
}

function logRow({ moderatorId, action, target, reason, until, createdAt }: LogEntry, index: number): Row {
  return {
    id: String(index),
    time: createdAt,
    moderator: moderatorId,
    action,
    target: target === null ? null : shown(target),
    reason,
    until,
  };
}
