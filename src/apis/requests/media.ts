import type { Inbox } from "../../domain/notifications/inbox";
import type { Notification } from "../../domain/notifications/notifications";
import type { Identity } from "../../domain/tokens/identity";
import type { House } from "../../house";
import { fitting } from "../../realtime/snapshot";
import { Refusal } from "../../refusal";
import type { Turns } from "../../runtime/turns";
import { after, demandAfter, type Step } from "./lifecycle";
import { newsOf } from "./news";
import type { HistoryEntry, MediaRequest, Page, RequestStatus, RequestStore } from "./store";
import { ADMINS, type RequestsLine, type RequestsSession, showStatus, userRoom } from "./wire";

interface MediaParts {
  readonly house: House;
  readonly line: RequestsLine;
  readonly store: RequestStore;
  readonly inbox: Inbox;
  /** What is told is in the order in which it was stored, and nobody is shown an earlier state after a later one. */
  readonly turns: Turns;
  /** A request is no longer being downloaded. */
  over(requestId: string): void;
}

/** What comes with a step. */
interface StepGiven {
  readonly by: string;
  readonly reason?: string | null | undefined;
  /** Epoch ms. */
  readonly estimatedCompletion?: number | null | undefined;
}

/** Requests of one user that somebody waits for. */
const MAX_OPEN = 1_000;
/** How many of one's requests one is shown on connecting (CONTRACT §3.7). */
const SNAPSHOT = 100;

/** Media requests: whoever asked and the admins see each change, and nobody else. */
export class Media {
  readonly #parts: MediaParts;

  constructor(parts: MediaParts) {
    this.#parts = parts;
  }

  /** @throws Refusal `conflict` while the user waits for the same already, or for very much */
  create(
    userId: string,
    given: Pick<MediaRequest, "mediaType" | "tmdbId" | "title" | "seasons">,
  ): Promise<MediaRequest> {
    return this.#parts.turns.take(() => this.#create(userId, given));
  }

  /** @throws Refusal `not_found`, `conflict` where the step is not possible */
  step(id: string, step: Step, given: StepGiven): Promise<MediaRequest> {
    return this.#parts.turns.take(() => this.#step(id, step, given));
  }

  /** Takes a step with everybody's open request of a title, where it is possible. @returns those that were moved */
  stepAll(mediaType: MediaRequest["mediaType"], tmdbId: string, step: Step, given: StepGiven): Promise<MediaRequest[]> {
    return this.#parts.turns.take(async () => {
      const moved: MediaRequest[] = [];
      for (const id of await this.#parts.store.openOf(mediaType, tmdbId)) {
        const changed = await this.#move(id, step, given, (status) => after(status, step));
        if (changed) moved.push(changed);
      }
      return moved;
    });
  }

  /**
   * Does something about a request that is being downloaded; an approved one is from now on.
   *
   * @throws Refusal `not_found`; `conflict` while the request is in no state to be downloaded
   */
  whileDownloading<T>(id: string, work: (request: MediaRequest) => T): Promise<T> {
    return this.#parts.turns.take(async () => {
      const request = await this.#parts.store.find(id);
      const isRunning = request?.status === "downloading";
      return work(isRunning ? request : await this.#step(id, "download", { by: "server" }));
    });
  }

  /** Removes everything of a user. */
  forget(userId: string): Promise<void> {
    const { turns, store } = this.#parts;
    return turns.take(async () => {
      for (const id of await store.forget(userId)) this.#parts.over(id);
    });
  }

  async #create(
    userId: string,
    given: Pick<MediaRequest, "mediaType" | "tmdbId" | "title" | "seasons">,
  ): Promise<MediaRequest> {
    const { store, house } = this.#parts;
    if ((await store.countOpen(userId)) >= MAX_OPEN) {
      throw new Refusal("conflict", `A user waits for at most ${MAX_OPEN} requests`);
    }
    const now = house.clock.now();
    const request: MediaRequest = {
      ...given,
      id: Bun.randomUUIDv7("hex", now),
      userId,
      status: "pending",
      previousStatus: null,
      approvedBy: null,
      estimatedCompletion: null,
      reason: null,
      createdAt: now,
      updatedAt: now,
    };
    if (!(await store.add(request))) {
      throw new Refusal("conflict", "This title is already requested", { field: "tmdbId" });
    }
    this.#tell(request);
    return request;
  }

  async #step(id: string, step: Step, given: StepGiven): Promise<MediaRequest> {
    const changed = await this.#move(id, step, given, (status) => demandAfter(status, step));
    if (!changed) throw notFound();
    return changed;
  }

  /** The request, for its owner or an admin. @throws Refusal `not_found`: others are not told that it is there */
  async find(identity: Identity, id: string): Promise<{ request: MediaRequest; history: HistoryEntry[] }> {
    const { store } = this.#parts;
    const request = await store.find(id);
    if (!request || !sees(identity, request)) throw notFound();
    return { request, history: await store.history(id) };
  }

  /** Everybody's requests of which something holds `text`, last changed first. */
  search(text: string, limit: number): Promise<MediaRequest[]> {
    return this.#parts.store.search(text, limit);
  }

  /** What became of a request, oldest first. @throws Refusal `not_found` */
  async history(id: string): Promise<HistoryEntry[]> {
    const { store } = this.#parts;
    if (!(await store.find(id))) throw notFound();
    return store.history(id);
  }

  async titleOf(id: string): Promise<string | undefined> {
    return (await this.#parts.store.find(id))?.title;
  }

  list(
    filter: { userId?: string | undefined; status?: RequestStatus | undefined },
    page: Page,
  ): Promise<MediaRequest[]> {
    return this.#parts.store.list(filter, page);
  }

  /** Removes a request: its owner while it is pending, an admin always. @throws Refusal `not_found`, `conflict` */
  remove(identity: Identity, id: string): Promise<MediaRequest> {
    const { turns, store } = this.#parts;
    return turns.take(async () => {
      const removed = await store.remove(id, (request) => {
        if (!sees(identity, request)) throw notFound();
        if (!isAdmin(identity) && request.status !== "pending") {
          throw new Refusal("conflict", `The request is ${request.status}; only pending ones can be withdrawn`, {
            facts: { status: request.status },
          });
        }
      });
      if (!removed) throw notFound();
      this.#parts.over(id);
      return removed;
    });
  }

  /** The socket has come to `/media`: from now on it hears what it may, and first what there was. */
  attend(session: RequestsSession): Promise<void> {
    const { turns, store, line } = this.#parts;
    return turns.take(async () => {
      const { identity } = session;
      if (!identity || session.isClosing) return;
      // First of all: what cannot be read now is no reason to be deaf later.
      this.place(session, identity);
      const requests = await store.list({ userId: identity.userId }, { limit: SNAPSHOT, offset: 0 });
      if (session.isClosing || session.identity?.userId !== identity.userId) return;
      for (const status of fitting(requests.map(showStatus).reverse())) {
        line.publisher.send<"/media", "media:request:status">(session, "media:request:status", status);
      }
    });
  }

  /** Admins see everybody's, their own among them: nobody hears anything twice. */
  place(session: RequestsSession, identity: Identity): void {
    const { rooms } = this.#parts.line;
    const [room, other] = isAdmin(identity) ? [ADMINS, userRoom(identity.userId)] : [userRoom(identity.userId), ADMINS];
    rooms.leave(session, other);
    rooms.join(session, room);
  }

  /** In its turn. */
  async #move(
    id: string,
    step: Step,
    { by, reason, estimatedCompletion }: StepGiven,
    to: (status: RequestStatus) => RequestStatus | undefined,
  ): Promise<MediaRequest | undefined> {
    const { store, inbox, house } = this.#parts;
    let news: Notification | undefined;
    const moved = await store.move({
      id,
      by,
      at: house.clock.now(),
      reason: reason ?? null,
      to,
      also: {
        ...(step === "approve" && { approvedBy: by }),
        ...(estimatedCompletion != null && { estimatedCompletion }),
      },
      alongside: (tx, changed) => {
        const told = newsOf(step, changed);
        if (!told) return;
        const { notification, write } = inbox.prepare(told);
        write(tx);
        news = notification;
      },
    });
    if (!moved) return undefined;
    if (moved.status !== "downloading") this.#parts.over(id);
    this.#tell(moved);
    if (news) inbox.tell(news);
    return moved;
  }

  #tell(request: MediaRequest): void {
    const { publisher } = this.#parts.line;
    const status = showStatus(request);
    for (const room of [userRoom(request.userId), ADMINS]) {
      publisher.toRoom("/media", room, "media:request:status", status);
    }
  }
}

export function isAdmin({ roles }: Pick<Identity, "roles">): boolean {
  return roles.includes("admin");
}

function sees(identity: Identity, { userId }: MediaRequest): boolean {
  return userId === identity.userId || isAdmin(identity);
}

function notFound(): Refusal {
  return new Refusal("not_found", "Request not found");
}
