import { temporaryFolder } from "../harness";
import { Place, tokenOf, Visitor } from "./place";
import type { Result } from "./scenarios";

/** How long a monitored service may take (CONTRACT §5), and a machine that is busy besides. */
const TOLD_MS = 5_000 + 3_000;
const WORKER_MS = 2_000;
const WORST_ANSWER_MS = 1_000;

/** A monitored service and a worker that take what they are given and never say anything again. */
export async function hung(): Promise<Result> {
  using folder = temporaryFolder();
  using service = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  await using place = await Place.start(folder.path, {
    HEADEND_SERVICES: `plex=http://127.0.0.1:${service.port}/identity`,
    HEADEND_WORKER_TIMEOUT_MS: String(WORKER_MS),
    HEADEND_HEALTH_MS: "1000",
    HEADEND_LOG_LEVEL: "error",
  });
  const faults: string[] = [];
  const begun = performance.now();
  const guest = await Visitor.open(place, "requests", {});
  const ann = await Visitor.open(place, "studio", { token: await tokenOf("ann") }, { namespace: "/media" });
  const token = await tokenOf("ann");
  const made = await place.call("studio", "POST", "/api/v1/media", token, { kind: "image", prompt: "A cat" });
  const { mediaId } = (made?.data ?? {}) as { mediaId?: string };
  await ann?.ask("subscribeMedia", mediaId);
  await place.call("studio", "POST", "/api/v1/media/claim", "key", { worker: "silent" });

  const heard = (event: string) => (ann?.client.heard ?? []).some((each) => each.event === event);
  const isTold = () =>
    (guest?.client.heard ?? []).some(
      ({ payload }) => (payload as { services?: Record<string, string> }).services?.plex === "offline",
    );
  let [toldMs, lostMs, worstMs] = [0, 0, 0];
  while ((toldMs === 0 || lostMs === 0) && performance.now() - begun < TOLD_MS + WORKER_MS) {
    const asked = performance.now();
    await place.call("studio", "GET", `/api/v1/media/${mediaId}`, token);
    worstMs = Math.max(worstMs, performance.now() - asked);
    if (lostMs === 0 && heard("mediaError")) lostMs = performance.now() - begun;
    if (toldMs === 0 && isTold()) toldMs = performance.now() - begun;
    await Bun.sleep(50);
  }
  if (toldMs === 0) faults.push("a service that hangs was not told as offline");
  if (lostMs === 0) faults.push("the job of a worker that hangs was not given up");
  if (worstMs > WORST_ANSWER_MS) faults.push(`an answer took ${worstMs.toFixed(0)} ms meanwhile`);
  for (const visitor of [guest, ann]) visitor?.close();
  faults.push(...(await place.end("SIGTERM")).faults);
  const [told, lost] = [toldMs, lostMs].map((ms) => (ms / 1_000).toFixed(1));
  return {
    faults,
    figures: `service told as offline after ${told} s, job given up after ${lost} s, slowest answer ${worstMs.toFixed(0)} ms`,
  };
}
