import { drawing } from "./drawing";
import type { Stage } from "./stage";

const SERVICES = ["plex", "sonarr", "radarr", "overseerr"] as const;
/** Longer than the time between two looks of the server, so that somebody notices; at any pace, as that has its own. */
const OUTAGE_MS = [20_000, 50_000] as const;

/** The other servers of a household: services that can be monitored and that fail at times, and the studio's gallery. */
export class Neighbours {
  readonly #server: Bun.Server<undefined>;
  readonly #isDown = new Set<string>();

  constructor() {
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: ({ url }) => this.#answer(new URL(url).pathname),
    });
  }

  /** As the setting HEADEND_SERVICES has it. */
  get setting(): string {
    return SERVICES.map((name) => `${name}=${this.#url}/${name}`).join(",");
  }

  pictureUrl(mediaId: string): string {
    return `${this.#url}/pictures/${mediaId}.svg`;
  }

  /** One of the services is gone for a while. */
  async misbehave({ pace, random }: Stage): Promise<void> {
    await pace.wait(60_000, 150_000);
    const name = random.of(SERVICES);
    this.#isDown.add(name);
    const [minMs, maxMs] = OUTAGE_MS;
    await pace.wait(minMs * pace.speed, maxMs * pace.speed).finally(() => this.#isDown.delete(name));
  }

  async stop(): Promise<void> {
    await this.#server.stop(true);
  }

  get #url(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  #answer(path: string): Response {
    const picture = /^\/pictures\/([\w-]{1,64})\.svg$/.exec(path)?.[1];
    if (picture) return new Response(drawing(picture), { headers: { "content-type": "image/svg+xml" } });
    const name = SERVICES.find((each) => path === `/${each}`);
    if (!name) return new Response("Not found\n", { status: 404 });
    return this.#isDown.has(name) ? new Response("Down\n", { status: 503 }) : new Response("Up\n");
  }
}
