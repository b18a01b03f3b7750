/** How long an answer may take on a busy machine before it counts as none. */
const PATIENCE_MS = 10_000;
/** What must not reach a client: words of the inside. */
const INSIDE =
  /SQLITE|node_modules|\/src\/|\bat \S+ \(|TypeError|RangeError|is not a function|is not an object|undefined is/i;

/** A websocket of an attacker: sends anything, and looks at all that comes back. */
export class Wire {
  readonly #socket: WebSocket;
  readonly #faults: string[];
  readonly #answers = new Map<number, string>();
  #begun = "";
  #wake = Promise.withResolvers<void>();
  isClosed = false;

  /** @param faults what is wrong with what comes is written here */
  constructor(url: string, address: string, faults: string[]) {
    this.#faults = faults;
    const options = { headers: { "x-forwarded-for": address }, perMessageDeflate: false };
    this.#socket = new WebSocket(
      `${url.replace(/^http/, "ws")}/socket.io/?EIO=4&transport=websocket`,
      options as never,
    );
    this.#socket.onmessage = ({ data }) => this.#heard(String(data));
    this.#socket.onclose = () => {
      this.isClosed = true;
      this.#wake.resolve();
    };
  }

  /** @returns whether the namespace was opened */
  async open(namespace: string, auth: object): Promise<boolean> {
    await this.#until(() => this.#begun.startsWith("0"), "a handshake");
    const place = namespace === "/" ? "" : `${namespace},`;
    this.send(`40${place}${JSON.stringify(auth)}`);
    await this.#until(() => /^4[04]/.test(this.#begun), "an answer of the namespace");
    return this.#begun.startsWith("40");
  }

  send(packet: string | Uint8Array<ArrayBuffer>): void {
    if (!this.isClosed && this.#socket.readyState === WebSocket.OPEN) this.#socket.send(packet);
  }

  /** @returns the answer under a number, once it is there; nothing when the server has closed the connection */
  async answer(id: number): Promise<string | undefined> {
    await this.#until(() => this.#answers.has(id), `the answer ${id}`);
    const answer = this.#answers.get(id);
    this.#answers.delete(id);
    return answer;
  }

  close(): void {
    this.#socket.close();
  }

  #heard(packet: string): void {
    if (packet === "2") this.send("3");
    const isOpening = this.#begun === "" || (this.#begun.startsWith("0") && /^4[04]/.test(packet));
    if (isOpening) this.#begun = packet;
    const answer = /^43(?:\/[^,]*,)?(\d+)(.*)$/s.exec(packet);
    if (answer) {
      const id = Number(answer[1]);
      if (this.#answers.has(id)) this.#faults.push(`answered twice: ${packet.slice(0, 200)}`);
      this.#answers.set(id, answer[2] ?? "");
    }
    if (INSIDE.test(packet)) this.#faults.push(`tells of the inside: ${packet.slice(0, 300)}`);
    this.#wake.resolve();
  }

  async #until(isSo: () => boolean, what: string): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!isSo() && !this.isClosed) {
      this.#wake = Promise.withResolvers<void>();
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, deadline - performance.now());
      });
      await Promise.race([this.#wake.promise, late]);
      clearTimeout(timer);
      if (performance.now() > deadline) {
        this.#faults.push(`${what} did not come within ${PATIENCE_MS / 1000} s`);
        return;
      }
    }
  }
}
