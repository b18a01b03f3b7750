import type { Socket } from "socket.io-client";
import { MODERATOR, type Person, STREAM, STREAMER } from "../cast";
import { ask, type Reply, type Stage } from "../stage";

interface Said {
  readonly user_id: string;
  readonly username: string;
  readonly message: string;
}

/** The people in one app's chat of the stream: who is there, and what they do. */
export class Party {
  readonly appId: string;
  readonly #stage: Stage;
  readonly #present = new Map<string, { person: Person; socket: Socket }>();

  constructor(stage: Stage, appId: string) {
    this.#stage = stage;
    this.appId = appId;
  }

  /** Everybody who is there but the two who work. */
  get viewers(): Person[] {
    return [...this.#present.values()].map(({ person }) => person).filter((each) => !isStaff(each));
  }

  has({ id }: Person): boolean {
    return this.#present.get(id)?.socket.connected ?? false;
  }

  /** Comes in. @throws when the chat does not let them */
  async join(person: Person): Promise<Socket> {
    const { id, name } = person;
    const socket = await this.#stage.open("live", { token: await this.#tokenOf(person), app_id: this.appId });
    const reply = await ask(socket, "chat:join", { stream_id: STREAM, user_id: id, username: name });
    if (!reply.success) {
      this.#stage.close(socket);
      throw new Error(`${name} may not join: ${reply.error}`);
    }
    this.#present.set(id, { person, socket });
    // Whoever is banned is sent away.
    socket.on("disconnect", () => this.#forget(id, socket));
    return socket;
  }

  leave({ id }: Person): void {
    const found = this.#present.get(id);
    if (!found) return;
    this.#forget(id, found.socket);
    this.#stage.close(found.socket);
  }

  /** Types for as long as the line is, then says it. */
  async say(person: Person, message: string): Promise<Reply> {
    this.#socketOf(person)?.emit("chat:typing", { stream_id: STREAM, user_id: person.id, username: person.name });
    await this.#stage.pace.wait(300 + message.length * 25, 600 + message.length * 45);
    return this.does(person, "chat:message", { message, user_id: person.id, username: person.name });
  }

  /** Does something in the stream; who has left meanwhile does nothing. */
  async does(person: Person, event: string, more: object): Promise<Reply> {
    const socket = this.#socketOf(person);
    if (!socket) return { success: false, error: "gone" };
    return ask(socket, event, { stream_id: STREAM, ...more });
  }

  /** Hears what strangers say, who are not of the cast: `hear` is told once for each message. */
  async listen(cast: ReadonlySet<string>, hear: (said: Said) => void): Promise<void> {
    this.#socketOf(STREAMER)?.on("chat:message", (said: Said) => {
      if (!cast.has(said.user_id)) hear(said);
    });
  }

  #socketOf({ id }: Person): Socket | undefined {
    return this.#present.get(id)?.socket;
  }

  #forget(id: string, socket: Socket): void {
    if (this.#present.get(id)?.socket === socket) this.#present.delete(id);
  }

  async #tokenOf({ id, name, email }: Person): Promise<string> {
    if (this.appId === "default") return this.#stage.place.sign(id, { username: name, email });
    const path = `/v1/apps/${this.appId}/tokens`;
    const body = { user_id: id, username: name };
    return (await this.#stage.rest("live").post<{ access_token: string }>(path, body)).access_token;
  }
}

function isStaff({ id }: Person): boolean {
  return id === STREAMER.id || id === MODERATOR.id;
}
