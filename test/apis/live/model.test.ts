import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Client } from "../../client";
import { LiveApp } from "./fixture";

const USERS = ["ann", "bob", "cat"];
const SOCKETS = 2;
const GRACE_MS = 5_000;
/** Leaves are noticed by a sweep of this period. All time here is a multiple of it, so that none is noticed late. */
const SWEEP_MS = 250;

type Step =
  | { do: "join" | "subscribe" | "leave" | "disconnect" | "reconnect"; user: number; socket: number }
  | { do: "ban" | "mute"; user: number; seconds: number | null }
  | { do: "unban" | "unmute"; user: number }
  | { do: "pass"; ms: number };

const user = fc.nat(USERS.length - 1);
const socket = fc.nat(SOCKETS - 1);
const seconds = fc.oneof(fc.constantFrom(1, 3, 10), fc.constant(null));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom("join", "subscribe", "leave", "disconnect", "reconnect"),
      user,
      socket,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("ban", "mute"), user, seconds }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("unban", "unmute"), user }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("pass"), ms: fc.constantFrom(1_500, 4_250, 6_500) }) },
);

/** What the document says, the long way round. */
class Model {
  now = 0;
  readonly open = new Map<string, { chatting: boolean; subscribed: boolean } | null>();
  readonly until = { ban: new Map<number, number>(), mute: new Map<number, number>() };
  /** When a user who watches with no socket any more stops counting. */
  readonly gone = new Map<number, number>();

  isHeld(who: number): boolean {
    return Array.from({ length: SOCKETS }, (_, n) => this.open.get(`${who} ${n}`)).some(
      (at) => at?.chatting || at?.subscribed,
    );
  }

  is(kind: "ban" | "mute", who: number): boolean {
    return this.now < (this.until[kind].get(who) ?? 0);
  }

  viewers(): number {
    return USERS.filter((_, who) => this.isHeld(who) || this.now < (this.gone.get(who) ?? 0)).length;
  }

  maySpeak(who: number, n: number): boolean {
    return Boolean(this.open.get(`${who} ${n}`)?.chatting) && !this.is("ban", who) && !this.is("mute", who);
  }

  /** Changes what a socket watches; the last one to stop starts the user's grace. */
  set(who: number, n: number, change: { chatting?: boolean; subscribed?: boolean } | null): void {
    const wasHeld = this.isHeld(who);
    const before = this.open.get(`${who} ${n}`);
    this.open.set(`${who} ${n}`, change && { chatting: false, subscribed: false, ...before, ...change });
    if (this.isHeld(who)) this.gone.delete(who);
    else if (wasHeld) this.gone.set(who, this.now + GRACE_MS);
  }
}

let round = 0;

test("random comings, goings, bans, mutes and time: viewer counts and who may speak are what a small model says", async () => {
  await using live = await LiveApp.start({ HEADEND_MAX_CONNECTIONS_PER_USER: "1000" });
  const { moderation } = live.server.app.house;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const stream_id = `stream ${round++}`;
      const place = `app_xyz789\0${stream_id}`;
      const model = new Model();
      const clients = new Map<string, Client>();
      const who = (index: number) => `${USERS[index]}-${round}`;
      const connect = async (index: number, n: number) => {
        clients.set(`${index} ${n}`, await live.user(who(index)));
        model.set(index, n, { chatting: false, subscribed: false });
      };
      const pass = async (ms: number) => {
        await live.clock.advance(ms);
        model.now += ms;
      };
      for (let index = 0; index < USERS.length; index++) for (let n = 0; n < SOCKETS; n++) await connect(index, n);
      await live.rest("/v1/streams", { app_id: "app_xyz789", stream_id, title: "T" });

      for (const each of steps) {
        if (each.do === "pass") await pass(each.ms);
        else if (each.do === "ban" || each.do === "mute") {
          await live.restrict(stream_id, each.do, who(each.user), each.seconds);
          model.until[each.do].set(each.user, model.now + (each.seconds ?? Number.POSITIVE_INFINITY) * 1_000);
          if (each.do === "ban") {
            for (let n = 0; n < SOCKETS; n++)
              if (model.open.get(`${each.user} ${n}`)) model.set(each.user, n, { chatting: false, subscribed: false });
            model.gone.delete(each.user);
          }
        } else if (!("socket" in each)) {
          const kind = each.do === "unban" ? "ban" : "mute";
          await moderation.lift(place, kind, `app_xyz789\0${who(each.user)}`, { moderatorId: "mod" });
          model.until[kind].delete(each.user);
        } else {
          const key = `${each.user} ${each.socket}`;
          const client = clients.get(key);
          const isOpen = Boolean(model.open.get(key));
          if (each.do === "reconnect") {
            if (!isOpen) await connect(each.user, each.socket);
          } else if (each.do === "disconnect") {
            if (!isOpen || !client) continue;
            await live.leave(client);
            model.set(each.user, each.socket, null);
          } else if (isOpen && client) {
            const event = each.do === "join" ? "chat:join" : each.do === "leave" ? "chat:leave" : "stream:subscribe";
            const { success } = await client.ask<{ success: boolean }>(event, { stream_id });
            const isRefused = each.do !== "leave" && model.is("ban", each.user);
            expect(success).toBe(!isRefused);
            if (each.do === "join" && success) model.set(each.user, each.socket, { chatting: true });
            if (each.do === "subscribe" && success) model.set(each.user, each.socket, { subscribed: true });
            if (each.do === "leave" && model.open.get(key)?.chatting)
              model.set(each.user, each.socket, { chatting: false });
          }
        }
        await pass(SWEEP_MS);
        expect([each, await live.viewers(stream_id)]).toEqual([each, model.viewers()]);
        for (const [key, client] of clients) {
          const [index = 0, n = 0] = key.split(" ").map(Number);
          if (!model.open.get(key)) continue;
          const asked = await client.ask<{ success: boolean; code?: string }>("chat:typing", { stream_id });
          expect([each, key, asked.success]).toEqual([each, key, model.maySpeak(index, n)]);
        }
      }
      for (const client of clients.values()) client.close();
    }),
    { numRuns: 40 },
  );
}, 60_000);
