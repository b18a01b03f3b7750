import type { Session } from "../../wire";
import { Calls, sentenceOf } from "./calls";
import { Source } from "./source";

export type Credentials = { login: string; password: string } | { token: string };

/** Who sits at the console, and the dialog that asks. */
export class SignedIn {
  /** Undefined until the server has said. */
  readonly session = new Source<Session | undefined>(undefined);
  /** Why the server has not said, in words. */
  readonly trouble = new Source<string | undefined>(undefined);
  readonly isAsking = new Source(false);
  readonly calls = new Calls(() => this.ask());
  #waiting: ((isSignedIn: boolean) => void)[] = [];

  async refresh(): Promise<void> {
    try {
      this.session.value = await this.calls.get<Session>("/session");
      this.trouble.value = undefined;
    } catch (error) {
      this.trouble.value = sentenceOf(error);
    }
  }

  /** Opens the dialog. @returns whether there is a session now; false when the operator would rather not */
  ask(): Promise<boolean> {
    this.isAsking.value = true;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The operator has closed the dialog. */
  dismiss(): void {
    this.#answer(false);
  }

  /** @throws CallFailed */
  async signIn(credentials: Credentials): Promise<void> {
    this.session.value = await this.calls.postAsIs<Session>("/login", credentials);
    this.trouble.value = undefined;
    this.#answer(true);
  }

  async signOut(): Promise<void> {
    await this.calls.postAsIs("/logout", {}).catch(() => undefined);
    await this.refresh();
  }

  #answer(isSignedIn: boolean): void {
    this.isAsking.value = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve(isSignedIn);
  }
}

/** The token of an address that ends in `#token=…`, which the server prints at its start. */
export function tokenIn(hash: string): string | undefined {
  const token = new URLSearchParams(hash.replace(/^#/, "")).get("token");
  return token === null || token === "" ? undefined : token;
}
