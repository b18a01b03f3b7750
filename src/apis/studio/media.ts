import type { Identity } from "../../domain/tokens/identity";
import { Refusal } from "../../refusal";
import { isOver, type Jobs, unknownMedia } from "./jobs";
import { mediaName, mediaRoom } from "./names";
import { type ClientRooms, demandPlace } from "./rooms";
import type { FollowedJob, StudioSession } from "./session";
import type { Job } from "./store";
import { type StudioLine, showComplete, showError, showProgress } from "./wire";

/** Who may see jobs, and who follows them. */
export class Media {
  readonly #line: StudioLine;
  readonly #rooms: ClientRooms;
  readonly #jobs: Jobs;
  /** Followers by job, who are let go with its end: nothing more will come. */
  readonly #followers = new Map<string, Set<StudioSession>>();

  constructor(line: StudioLine, rooms: ClientRooms, jobs: Jobs) {
    this.#line = line;
    this.#rooms = rooms;
    this.#jobs = jobs;
  }

  /** A job for somebody who may see it. @throws Refusal `not_found`, the same whether it is there or not */
  async find(identity: Identity, id: string): Promise<Job> {
    const job = await this.#jobs.find(id);
    if (!job || !this.#maySee(identity, job)) throw unknownMedia();
    return job;
  }

  /** @throws Refusal `not_found` where the caller may not see the job, `permission_denied` where not cancel it */
  async demandCancel(identity: Identity, id: string): Promise<void> {
    const { userId } = await this.find(identity, id);
    if (userId === identity.userId || isAdmin(identity)) return;
    throw new Refusal("permission_denied", "Only its owner cancels a job");
  }

  /** @throws Refusal as `find`; `conflict` past the limit of rooms */
  async demandFollow(session: StudioSession, identity: Identity, id: string): Promise<void> {
    await this.find(identity, id);
    if (!session.data.media.has(id)) demandPlace(session);
  }

  /** Sends the job's last state, and every later one while it is not over. */
  follow(session: StudioSession, id: string): Promise<void> {
    return this.#jobs.look(id, (job) => {
      // Looked at again: rights, and the user of the socket, may have changed since the answer.
      if (!job || session.isClosing || !session.identity || !this.#maySee(session.identity, job)) return;
      if (isOver(job)) this.unfollow(session, id);
      else this.#add(session, job);
      this.#line.publisher.send<"/media", StateEvent>(session, ...stateOf(job));
    });
  }

  unfollow(session: StudioSession, id: string): void {
    if (!session.data.media.delete(id)) return;
    this.#line.rooms.leave(session, mediaRoom(id));
    const followers = this.#followers.get(id);
    followers?.delete(session);
    if (followers?.size === 0) this.#followers.delete(id);
  }

  /** A job has a new state. */
  changed(job: Job): void {
    this.#line.publisher.toRoom<"/media", StateEvent>("/media", mediaRoom(job.id), ...stateOf(job));
    if (!isOver(job)) return;
    for (const session of [...(this.#followers.get(job.id) ?? [])]) this.unfollow(session, job.id);
  }

  /** The socket is no longer its user's. */
  left(session: StudioSession): void {
    for (const id of [...session.data.media.keys()]) this.unfollow(session, id);
  }

  /** The rights of the socket's user may have changed: ends what they no longer allow. */
  review(session: StudioSession): void {
    const { identity, data } = session;
    for (const [id, job] of [...data.media]) {
      if (identity && this.#maySee(identity, job)) continue;
      this.unfollow(session, id);
      this.#line.publisher.send<"/media", "roomLeft">(session, "roomLeft", { room: mediaName(id), success: true });
    }
  }

  #add(session: StudioSession, { id, userId, projectId }: Job): void {
    session.data.media.set(id, { userId, projectId });
    this.#line.rooms.join(session, mediaRoom(id));
    const followers = this.#followers.get(id) ?? new Set();
    this.#followers.set(id, followers.add(session));
  }

  /** The owner, admins, and declared members of the job's project; others of an open room are nobody in particular. */
  #maySee(identity: Identity, { userId, projectId }: FollowedJob): boolean {
    if (userId === identity.userId || isAdmin(identity)) return true;
    return projectId !== null && this.#rooms.isMember(projectId, identity.userId);
  }
}

type StateEvent = "mediaProgress" | "mediaComplete" | "mediaError";
type State = ReturnType<typeof showProgress> | ReturnType<typeof showComplete> | ReturnType<typeof showError>;

/** The event that tells a job's state. */
function stateOf(job: Job): [StateEvent, never] {
  const [event, payload] = ((): [StateEvent, State] => {
    if (!isOver(job)) return ["mediaProgress", showProgress(job)];
    return job.status === "completed" ? ["mediaComplete", showComplete(job)] : ["mediaError", showError(job)];
  })();
  return [event, payload as never];
}

function isAdmin({ roles }: Identity): boolean {
  return roles.includes("admin");
}
