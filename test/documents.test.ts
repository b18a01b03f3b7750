import { describe, expect, test } from "bun:test";
import { APIS } from "../src/apis";
import { CHECKS } from "../src/cli/verify";
import type { Contract } from "../src/realtime/contract";
import { systemClock } from "../src/runtime/clock";
import { startTestApp, token } from "./harness";

// The five documents against one process: every name that they give an event is served where they say so, and every
// example of their clients runs, as `headend verify` runs them against any server.

interface Names {
  readonly receives: string;
  readonly sends: string;
}

/** By document and namespace, as the documents spell them. */
const DOCUMENTED: Readonly<Record<string, Readonly<Record<string, Names>>>> = {
  playback: { "/": { receives: "authenticate playing", sends: "play" } },
  requests: {
    // The document's test hears its notifications on the root.
    "/": { receives: "", sends: "system:health system:status user:notification error" },
    "/authenticated": { receives: "", sends: "user:notification user:session error" },
    "/admin": { receives: "", sends: "admin:user:activity admin:system:alert admin:service:performance error" },
    "/media": {
      // Results come to whoever searches, which takes an event that the document leaves unnamed.
      receives: "media:search",
      sends: "media:request:status media:download:progress media:plex:sync media:search:result error",
    },
    "/system": { receives: "", sends: "system:metrics system:logs error" },
  },
  studio: Object.fromEntries(
    ["/", "/media", "/notifications"].map((namespace) => [
      namespace,
      {
        receives: `authenticate logout joinRoom leaveRoom ping heartbeat getConnectionInfo${
          namespace === "/media" ? " subscribeMedia unsubscribeMedia" : ""
        }`,
        sends: `welcome authenticated authError loggedOut roomJoined roomLeft pong heartbeatAck error${
          namespace === "/media" ? " mediaProgress mediaComplete mediaError" : ""
        }${namespace === "/notifications" ? " notification" : ""}`,
      },
    ]),
  ),
  live: {
    "/": {
      receives:
        "authenticate chat:join chat:message chat:typing chat:leave stream:subscribe moderation:ban moderation:mute " +
        "moderation:unban moderation:unmute moderation:delete-message moderation:slow-mode reaction:send analytics:subscribe",
      sends:
        "authenticated unauthorized error chat:joined chat:message chat:typing stream:subscribed stream.live " +
        "stream.offline stream.error viewer.count.update viewer.joined viewer.left user.banned user.muted " +
        "user.unbanned chat.message.deleted chat:message.deleted chat.slow-mode chat:slow-mode reaction.sent " +
        "analytics:update",
    },
  },
  learning: {
    "/": {
      receives: "join_course leave_course join_video video_progress send_chat_message",
      sends:
        "connected error joined_course joined_video user_joined_video new_enrollment progress_update new_review " +
        "new_chat_message student_progress quiz_submission course_updated",
    },
  },
};

describe.each(APIS.map((api) => [api.name, api.contract as Contract] as const))("%s", (name, { namespaces }) => {
  test("has every event of its document, in the namespaces and directions of the document", () => {
    const documented = DOCUMENTED[name] ?? {};
    expect(Object.keys(namespaces)).toEqual(Object.keys(documented));
    for (const [namespace, { receives, sends }] of Object.entries(documented)) {
      const words = (text: string) => text.split(" ").filter((word) => word !== "");
      expect(Object.keys(namespaces[namespace]?.receives ?? {})).toEqual(expect.arrayContaining(words(receives)));
      expect(Object.keys(namespaces[namespace]?.sends ?? {})).toEqual(expect.arrayContaining(words(sends)));
    }
  });

  test("has examples that are run", () => {
    expect(CHECKS[name]?.length).toBeGreaterThan(0);
  });
});

test("every example of every document runs against one process on one port", async () => {
  await using app = await startTestApp({ clock: systemClock(), env: { HEADEND_PORT: "0" } });
  const user = { token: await token("headend-verify"), sign: (who: string, role?: string) => signed(who, role) };
  for (const { name } of APIS) {
    const url = app.app.url(name);
    const target = { url, socketPath: `${new URL(url).pathname}/socket.io/`, ...user };
    for (const check of CHECKS[name] ?? []) {
      const fault = await check.run(target).then(
        () => undefined,
        (error) => error,
      );
      expect([name, check.name, fault]).toEqual([name, check.name, undefined]);
    }
  }
}, 60_000);

function signed(who: string, role?: string): Promise<string> {
  return token(`headend-verify-${who}`, role ? { role } : {});
}
