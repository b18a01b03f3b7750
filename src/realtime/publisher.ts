import * as v from "valibot";
import type { Contract, ServerToClient } from "./contract";
import type { Rooms } from "./rooms";
import type { Session } from "./session";

type Namespace<C extends Contract> = keyof C["namespaces"] & string;
type Sent<C extends Contract, N extends Namespace<C>> = ServerToClient<C, N>;
type Payload<F> = F extends (payload: infer P, ...rest: never[]) => void ? P : never;

/** Sends the events of a contract, and only those, with the payloads it says. */
export class Publisher<C extends Contract, Data> {
  readonly #contract: C;
  readonly #rooms: Rooms;
  readonly #isChecked: boolean;

  /** @param isChecked every payload is compared with its schema first: for tests and development */
  constructor(contract: C, rooms: Rooms, isChecked: boolean) {
    this.#contract = contract;
    this.#rooms = rooms;
    this.#isChecked = isChecked;
  }

  /** To one socket. */
  send<N extends Namespace<C>, E extends keyof Sent<C, N> & string>(
    session: Session<Data>,
    event: E,
    payload: Payload<Sent<C, N>[E]>,
  ): void {
    this.#check(session.namespace, event, payload);
    session.emit(event, payload);
  }

  /** To one socket, waiting for its acknowledgement: whether it came within `timeoutMs`. */
  ask<N extends Namespace<C>, E extends keyof Sent<C, N> & string>(
    session: Session<Data>,
    event: E,
    payload: Payload<Sent<C, N>[E]>,
    timeoutMs: number,
  ): Promise<boolean> {
    this.#check(session.namespace, event, payload);
    return session.ask(event, payload, timeoutMs);
  }

  /** To everybody in a room of a namespace, `except` some sessions: few, such as those of one user. */
  toRoom<N extends Namespace<C>, E extends keyof Sent<C, N> & string>(
    namespace: N,
    room: string,
    event: E,
    payload: Payload<Sent<C, N>[E]>,
    except?: Iterable<Session<Data>>,
  ): void {
    this.#check(namespace, event, payload);
    this.#rooms.publish(namespace, room, event, payload, except as Iterable<Session> | undefined);
  }

  #check(namespace: string, event: string, payload: unknown): void {
    if (!this.#isChecked) return;
    const row = this.#contract.namespaces[namespace]?.sends[event];
    if (!row) throw new Error(`${namespace} sends no ${event}`);
    v.parse(row.payload, payload);
  }
}
