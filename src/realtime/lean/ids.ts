/** As the engine's: 15 random bytes are 20 characters of base64url. */
const BYTES = 15;
const IN_STOCK = 256;

/**
 * Ids of connections and sockets, which nobody can guess. Replaces a call for randomness per id; one call fetches the
 * bytes of 256, which makes an id five times cheaper.
 */
export class Ids {
  readonly #pool = Buffer.alloc(BYTES * IN_STOCK);
  #at = this.#pool.length;

  next(): string {
    if (this.#at === this.#pool.length) {
      crypto.getRandomValues(this.#pool);
      this.#at = 0;
    }
    this.#at += BYTES;
    return this.#pool.toString("base64url", this.#at - BYTES, this.#at);
  }
}
