import type { Handout, IDS } from "../../src/demo/handout";
import { Client } from "../client";
import { temporaryFolder, testEnvironment } from "../harness";
import { ROOT } from "../process/server";

type Told = Handout & { readonly ids: typeof IDS };

const FROM_SOURCE = [process.execPath, `${ROOT}/src/main.ts`];

/** A demo in a process of its own, whose folder for temporary files is the test's. */
export class Demo implements AsyncDisposable {
  readonly told: Told;
  /** Where it may leave nothing behind. */
  readonly folder: string;
  readonly #child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #cleanUp: () => void;
  readonly #clients: Client[] = [];

  private constructor(
    told: Told,
    folder: string,
    child: Bun.Subprocess<"ignore", "pipe", "pipe">,
    cleanUp: () => void,
  ) {
    this.told = told;
    this.folder = folder;
    this.#child = child;
    this.#cleanUp = cleanUp;
  }

  static async start(words: readonly string[], env: Record<string, string> = {}, program = FROM_SOURCE): Promise<Demo> {
    const folder = temporaryFolder();
    const { HEADEND_DATA: _, HEADEND_JWT_SECRET: __, ...ports } = testEnvironment("");
    const child = Bun.spawn([...program, "demo", "--json", ...words], {
      cwd: folder.path,
      env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", TMPDIR: folder.path, ...ports, ...env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of child.stdout) {
      text += decoder.decode(chunk, { stream: true });
      if (text.endsWith("\n")) break;
    }
    if (text === "") throw new Error(`the demo ended early: ${await new Response(child.stderr).text()}`);
    return new Demo(JSON.parse(text), folder.path, child, () => folder[Symbol.dispose]());
  }

  token(userId: string): string {
    return this.told.users.find(({ id }) => id === userId)?.token ?? "";
  }

  async connect(api: string, auth: object, namespace = ""): Promise<Client> {
    const client = await new Client(this.told.urls[api] + namespace, { auth }).connected();
    this.#clients.push(client);
    return client;
  }

  /** A call with a user's token, or with the demo's key; json makes it a POST. */
  async call<T>(api: string, path: string, { as, json }: { as?: string; json?: unknown } = {}): Promise<T> {
    const credential = as ? { authorization: `Bearer ${this.token(as)}` } : { "x-api-key": this.told.apiKey };
    const response = await fetch(this.told.urls[api] + path, {
      method: json === undefined ? "GET" : "POST",
      headers: { ...credential, "content-type": "application/json" },
      ...(json !== undefined && { body: JSON.stringify(json) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** As Ctrl-C, which a process group hears twice. @returns the exit code */
  async interrupt(): Promise<number> {
    this.#child.kill("SIGINT");
    this.#child.kill("SIGINT");
    return this.#child.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    this.#child.kill("SIGKILL");
    await this.#child.exited;
    this.#cleanUp();
  }
}
