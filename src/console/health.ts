import type { House } from "../house";
import type { Endpoint } from "../realtime/endpoint";
import type { Host } from "../runtime/host";

const DISK_PERCENT = 90;
const MEMORY_PERCENT = 90;
const LAG_MS = 200;

/** What an operator should look after, in sentences. */
export class Health {
  readonly #house: House;
  readonly #host: Host;
  readonly #endpoints: readonly Endpoint[];
  #found: readonly string[] = [];

  constructor(house: House, host: Host, endpoints: readonly Endpoint[]) {
    this.#house = house;
    this.#host = host;
    this.#endpoints = endpoints;
  }

  /** Looks at what takes a moment: now and then is enough. */
  async look(): Promise<void> {
    const [disk, memory] = await Promise.all([
      this.#host.disk().catch(() => undefined),
      this.#host.memory().catch(() => undefined),
    ]);
    const found: string[] = [];
    if (!this.#isWritable()) found.push("The database cannot be written now");
    if (disk && disk.percentage >= DISK_PERCENT) {
      found.push(`The disk of the data folder is ${Math.round(disk.percentage)} % full`);
    }
    if (memory && memory.percentage >= MEMORY_PERCENT) {
      found.push(`The memory of this machine is ${Math.round(memory.percentage)} % used`);
    }
    this.#found = found;
  }

  /** Everything that is wrong as far as is known. @param lagMs of the last seconds */
  complaints(lagMs: number): readonly string[] {
    return [
      ...this.#found,
      ...(lagMs > LAG_MS ? [`The server answers up to ${Math.round(lagMs)} ms late`] : []),
      ...this.#endpoints.flatMap(({ behaviour }) => behaviour.complaints?.() ?? []),
    ];
  }

  #isWritable(): boolean {
    try {
      this.#house.store.demandWritable();
      return true;
    } catch {
      return false;
    }
  }
}
