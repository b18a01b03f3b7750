/** How many connections there are, in all and of each network: an IPv4 address or an IPv6 /64. */
export class Crowd {
  readonly #perNetwork = new Map<string, number>();
  #size = 0;

  /** @returns how many the network has now */
  enter(network: string): number {
    this.#size++;
    const count = this.of(network) + 1;
    this.#perNetwork.set(network, count);
    return count;
  }

  leave(network: string): void {
    this.#size--;
    const left = this.of(network) - 1;
    if (left > 0) this.#perNetwork.set(network, left);
    else this.#perNetwork.delete(network);
  }

  of(network: string): number {
    return this.#perNetwork.get(network) ?? 0;
  }

  get size(): number {
    return this.#size;
  }
}
