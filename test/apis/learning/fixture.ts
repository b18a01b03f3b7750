import type { JWTPayload } from "jose";
import type { ManagerOptions, SocketOptions } from "socket.io-client";
import type { Client } from "../../client";
import { FakeClock } from "../../clock";
import { startTestApp, type TestApp, token } from "../../harness";

const KEY = "a-key-of-the-tests-with-32-characters-or-more";
export const COURSE = "course123";
export const VIDEO = "video123";

type Options = Partial<ManagerOptions & SocketOptions>;

/** Roles by user; everybody else has none. */
const ROLES: Readonly<Record<string, string>> = { teacher: "instructor", other_teacher: "instructor", boss: "admin" };

interface Answer {
  status: number;
  body: { data?: unknown; message?: string };
  headers: Headers;
}

/** A server with the document's course and video, which `teacher` teaches. */
export class School implements AsyncDisposable {
  readonly server: TestApp;
  readonly clock: FakeClock;

  private constructor(server: TestApp, clock: FakeClock) {
    this.server = server;
    this.clock = clock;
  }

  static async start(env: Record<string, string> = {}, clock = new FakeClock()): Promise<School> {
    const server = await startTestApp({ clock, env: { HEADEND_APIS: "learning", HEADEND_API_KEY: KEY, ...env } });
    const school = new School(server, clock);
    await school.call("teacher", "/courses", { id: COURSE, title: "Databases" });
    await school.call("teacher", `/courses/${COURSE}/videos`, { id: VIDEO, title: "Joins", duration_seconds: 600 });
    return school;
  }

  /** A REST call as a user, or as `key`; with a body it is a POST. */
  async call(who: string, path: string, json?: unknown, method?: string): Promise<Answer> {
    const as = who === "key" ? { headers: { "x-api-key": KEY } } : { token: await this.token(who) };
    const answer = await this.server.call("learning", `/api/v1${path}`, { ...as, json, ...(method && { method }) });
    return answer as Answer;
  }

  token(who: string, claims: JWTPayload = {}): Promise<string> {
    return token(who, { email: `${who}@example.com`, ...(ROLES[who] && { role: ROLES[who] }), ...claims });
  }

  async enroll(...students: string[]): Promise<void> {
    for (const student of students) await this.call(student, `/courses/${COURSE}/enroll`, undefined, "POST");
  }

  /** A socket that has heard `connected` and nothing else. */
  async user(who: string, options: Options = {}): Promise<Client> {
    const client = await this.server.connect("learning", { auth: { token: await this.token(who) }, ...options });
    await client.next("connected");
    return client;
  }

  /** As `user`, in the course, with what that brought already heard. */
  async inCourse(who: string, course = COURSE): Promise<Client> {
    const client = await this.user(who);
    await client.ask("join_course", { course_id: course });
    await client.next("joined_course");
    return client;
  }

  /** As `user`, in the video, with what that brought already heard. */
  async inVideo(who: string, video = VIDEO, options: Options = {}): Promise<Client> {
    const client = await this.user(who, options);
    await client.ask("join_video", { video_id: video });
    await client.next("joined_video");
    await client.next("video_history");
    return client;
  }

  /** Says something and waits until it is stored, which takes a moment of the clock. */
  async say(client: Client, message: string, more: Record<string, unknown> = {}) {
    const answer = client.ask("send_chat_message", { video_id: VIDEO, message, ...more });
    // The server has the message once it has answered what came after it.
    await client.ask("no such event");
    await this.clock.advance(50);
    return answer;
  }

  /** A report of progress, acknowledged. */
  report(client: Client, progress: number, timestamp: number, video_id = VIDEO) {
    return client.ask("video_progress", { video_id, course_id: COURSE, progress, timestamp });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}
