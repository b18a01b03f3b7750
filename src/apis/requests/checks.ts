import type { Socket } from "socket.io-client";
import { type Check, call, expectSame, type Target, within, withSocket } from "../../verify/check";

/** A title that no library has; another one each time, as what a failed check left behind may still be waited for. */
const title = () => ({ mediaType: "movie", tmdbId: `headend-verify-${crypto.randomUUID()}`, title: "Headend verify" });

interface Answer<T> {
  readonly data: T;
}

/** The examples of requests-medianest.md, as its clients run them. */
export const requestsChecks: readonly Check[] = [
  {
    name: "connect to the public namespace as a guest",
    source: "Connection Setup",
    run: (target) => withSocket(target, "polling", async () => {}),
  },
  {
    name: "namespaces for users and for admins refuse in the documented words",
    source: "Namespaces; Connection Errors",
    async run(target) {
      for (const [namespace, auth, message] of [
        ["/authenticated", {}, "Authentication failed"],
        ["/media", { token: "x" }, "Authentication failed"],
        ["/admin", { token: target.token }, "Admin access required"],
        ["/system", { token: target.token }, "Admin access required"],
      ] as const) {
        const refusal = await withSocket(target, "websocket", async () => {}, auth, namespace).then(
          () => new Error("it was let in"),
          (error: Error) => error,
        );
        expectSame(`connect_error of ${namespace}`, refusal.message, message);
      }
    },
  },
  {
    name: "what is typed is looked for, whatever it is",
    source: "Media Events, media:search:result",
    run: (target) =>
      withSocket(
        target,
        "websocket",
        async (socket) => {
          for (const query of ["headend-verify", 'NEAR("*', "😀"]) {
            const answer = within<{ query: string; results: { match: number }[] }>("media:search:result", (resolve) =>
              socket.once("media:search:result", resolve),
            );
            socket.emit("media:search", { query });
            const { query: echoed, results } = await answer;
            expectSame("query", echoed, query);
            expectSame("results that fit", results.length <= 20 && results.every(({ match }) => match <= 1), true);
          }
        },
        { token: target.token },
        "/media",
      ),
  },
  ...(["websocket", "polling"] as const).map(
    (transport): Check => ({
      name: `a request is made, approved and told over ${transport}`,
      source: "Media Events; User Events; Admin Events",
      run: (target) => seesThrough(target, transport),
    }),
  ),
];

async function seesThrough(target: Target, transport: "websocket" | "polling"): Promise<void> {
  const admin = { url: target.url, token: await target.sign("admin", "admin") };
  const open = (as: { token: string }, namespace: string, work: (socket: Socket) => Promise<void>) =>
    withSocket(target, transport, work, { token: as.token }, namespace);
  await open(target, "/media", (media) =>
    open(target, "/authenticated", (personal) =>
      open(admin, "/admin", async (activity) => {
        const made = status(media, "pending");
        const done = within<{ action: string }>("admin:user:activity", (resolve) =>
          activity.on("admin:user:activity", (data) => {
            if (data.userId === "headend-verify" && data.action === "media_request_submitted") resolve(data);
          }),
        );
        const { data } = await call<Answer<{ id: string }>>(target, "/api/v1/media/requests", title());
        await Promise.all([made, done]);
        const [approved, told] = [status(media, "approved"), heard(personal, "user:notification", data.id)];
        await call(admin, `/api/v1/admin/requests/${data.id}/approve`, {});
        await Promise.all([approved, told]);
        await call(admin, `/api/v1/media/requests/${data.id}`, undefined, "DELETE");
      }),
    ),
  );
}

function status(socket: Socket, wanted: string): Promise<unknown> {
  return within(`media:request:status ${wanted}`, (resolve) =>
    socket.on("media:request:status", (data) => data.currentStatus === wanted && resolve(data)),
  );
}

function heard(socket: Socket, event: string, requestId: string): Promise<unknown> {
  return within(event, (resolve) => socket.on(event, (data) => data.metadata.requestId === requestId && resolve(data)));
}
