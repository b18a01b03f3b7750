import type { ErrorAnswer } from "../../wire";

const PATIENCE_MS = 15_000;

/** A call that was answered with no, or not at all. The message is for the operator. */
export class CallFailed extends Error {
  /** Of HTTP; 0 when there was no answer. */
  readonly status: number;
  readonly field: string | undefined;

  constructor(status: number, message: string, field?: string) {
    super(message);
    this.status = status;
    this.field = field;
  }
}

/** The console's server. A change without a session asks for one, and is then made. */
export class Calls {
  readonly #askToSignIn: () => Promise<boolean>;

  constructor(askToSignIn: () => Promise<boolean>) {
    this.#askToSignIn = askToSignIn;
  }

  /** @throws CallFailed */
  async get<T>(path: string): Promise<T> {
    return answerOf<T>(await send("GET", path));
  }

  /** @throws CallFailed */
  async post<T>(path: string, body: unknown): Promise<T> {
    const response = await send("POST", path, body);
    if (response.status !== 401 || !(await this.#askToSignIn())) return answerOf<T>(response);
    return answerOf<T>(await send("POST", path, body));
  }

  /** Signing in itself: its 401 is an answer. @throws CallFailed */
  async postAsIs<T>(path: string, body: unknown): Promise<T> {
    return answerOf<T>(await send("POST", path, body));
  }
}

async function send(method: string, path: string, body?: unknown): Promise<Response> {
  try {
    return await fetch(path, {
      method,
      credentials: "same-origin",
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...(body !== undefined && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
  } catch (error) {
    const isLate = error instanceof DOMException && error.name === "TimeoutError";
    throw new CallFailed(0, isLate ? "The server takes too long to answer." : "The server cannot be reached.");
  }
}

async function answerOf<T>(response: Response): Promise<T> {
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  const body = parsed(text);
  if (response.ok) {
    if (body === undefined) throw new CallFailed(response.status, "The server's answer cannot be read.");
    return body as T;
  }
  const { message, field } = (typeof body === "object" && body !== null ? body : {}) as Partial<ErrorAnswer>;
  throw new CallFailed(response.status, message ?? inWords(response.status), field);
}

function inWords(status: number): string {
  if (status === 401) return "This needs you to sign in.";
  if (status === 403) return "This is not allowed here.";
  if (status === 404) return "There is nothing of this name.";
  if (status === 429) return "Too many tries; wait a moment.";
  if (status === 503) return "The server is starting or stopping.";
  return `The server answered ${status}.`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Anything caught, in words. */
export function sentenceOf(error: unknown): string {
  return error instanceof CallFailed ? error.message : "Something went wrong on this page.";
}
