import type { Figures, LogLine, PanelDetails, PanelRows } from "../../src/console/wire";
import type { Row } from "../../src/panel";
import type { TestApp } from "../harness";

/** The console's own origin. */
export function originOf({ app }: TestApp): string {
  return new URL(app.url("console")).origin;
}

export const PASSWORD = "a password of the tests";

/** An admin's account, and a user's. */
export async function addPeople({ app }: TestApp): Promise<void> {
  await app.house.accounts.add({ id: "boss", email: "boss@example.com", roles: ["admin"], password: PASSWORD });
  await app.house.accounts.add({ id: "u1", email: "u1@example.com", password: PASSWORD });
}

/** Signs in at the console. @returns the cookie, as a browser sends it */
export async function signIn(app: TestApp, json: object): Promise<string> {
  const { status, headers, body } = await app.call("console", "/login", { json });
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  return headers.get("set-cookie")?.split(";")[0] ?? "";
}

/** What an operator with the console's token does at a panel. */
export async function act(
  app: TestApp,
  panel: string,
  action: string,
  id = "",
  fields: Record<string, string> = {},
): Promise<{ status: number; message: string; field?: string }> {
  const call = { token: app.app.consoleToken, json: { action, id, fields } };
  const { status, body } = await app.call("console", `/panels/${panel}`, call);
  return { status, ...(body as { message: string }) };
}

export async function rowsOf(app: TestApp, panel: string, search = ""): Promise<readonly Row[]> {
  const { body } = await app.call("console", `/panels/${panel}?search=${encodeURIComponent(search)}`);
  return (body as PanelRows).rows;
}

export async function detailsOf(app: TestApp, panel: string, id: string): Promise<PanelDetails> {
  const { body } = await app.call("console", `/panels/${panel}/details?id=${encodeURIComponent(id)}`);
  return body as PanelDetails;
}

/** Of a body, as far as it is needed here: its types differ by who names them. */
export interface Reader {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

interface Told {
  readonly event: string;
  readonly data: unknown;
}

/** A page's stream, as a browser reads it. */
export class Source implements AsyncDisposable {
  readonly response: Response;
  readonly #reader: Reader;
  readonly #decoder = new TextDecoder();
  readonly #told: Told[] = [];
  #text = "";

  private constructor(response: Response) {
    this.response = response;
    this.#reader = (response.body as ReadableStream<Uint8Array>).getReader();
  }

  static async open(app: TestApp, headers: Record<string, string> = {}): Promise<Source> {
    const response = await fetch(`${app.app.url("console")}/stream`, { headers });
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    return new Source(response);
  }

  /** The next event of a kind; those of other kinds before it stay for later. */
  async next(event: "history"): Promise<Figures[]>;
  async next(event: "figures"): Promise<Figures>;
  async next(event: "log"): Promise<LogLine>;
  async next(event: string): Promise<unknown> {
    for (;;) {
      const index = this.#told.findIndex((each) => each.event === event);
      if (index !== -1) return this.#told.splice(index, 1)[0]?.data;
      if (!(await this.#read())) throw new Error(`the stream ended before ${event}`);
    }
  }

  /** Reads to the end. @returns what came and was not asked for */
  async rest(): Promise<readonly Told[]> {
    while (await this.#read());
    return this.#told;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel();
  }

  async #read(): Promise<boolean> {
    const { done, value } = await this.#reader.read();
    if (done) return false;
    this.#text += this.#decoder.decode(value, { stream: true });
    const blocks = this.#text.split("\n\n");
    this.#text = blocks.pop() ?? "";
    for (const block of blocks) {
      const [, event = ""] = /^event: (.*)$/m.exec(block) ?? [];
      const [, data = "null"] = /^data: (.*)$/m.exec(block) ?? [];
      this.#told.push({ event, data: JSON.parse(data) });
    }
    return true;
  }
}
