import type { NewNotification, Notification } from "../../domain/notifications/notifications";
import type { Identity } from "../../domain/tokens/identity";
import type { House } from "../../house";
import { fitting } from "../../realtime/snapshot";
import { Refusal } from "../../refusal";
import type { Inbox } from "./inbox";
import { after, demandAfter, type Step } from "./lifecycle";
import type { HistoryEntry, MediaRequest, Page, RequestStatus, RequestStore } from "./store";
import { ADMINS, type RequestsLine, type RequestsSession, showStatus, userRoom } from "./wire";

interface MediaParts {
  readonly house: House;
  readonly line: RequestsLine;
  readonly store: RequestStore;
  readonly inbox: Inbox;
  /** A request is no longer being downloaded. */
  over(requestId: string): void;
}

/** What comes with a step. */
interface StepGiven {
  readonly by: string;
  readonly reason?: string | undefined;
  /** Epoch ms. */
  readonly estimatedCompletion?: number | undefined;
}

/** Requests of one user that somebody waits for. */
const MAX_OPEN = 1_000;
/** How many of one's requests one is shown on connecting (CONTRACT §3.7). */
const SNAPSHOT = 100;

/** What its owner is told of a step; a download is only shown. */
const NEWS: Readonly<Partial<Record<Step, { type: string; title: string; text: (title: string) => string }>>> = {
  approve: {
    type: "media_request_approved",
    title: "Media Request Approved",
    text: (title) => `Your request for '${title}' has been approved`,
  },
  decline: {
    type: "media_request_declined",
    title: "Media Request Declined",
    text: (title) => `Your request for '${title}' has been declined`,
  },
  available: {
    type: "media_request_available",
    title: "Media Available",
    text: (title) => `'${title}' is now available`,
  },
  fail: {
    type: "media_request_failed",
    title: "Media Request Failed",
    text: (title) => `Your request for '${title}' has failed`,
  },
};

/** Media requests: whoever asked and the admins see each change, and nobody else. */
export class Media {
  readonly #parts: MediaParts;

  constructor(parts: MediaParts) {
    this.#parts = parts;
  }

  /** @throws Refusal `conflict` while the user waits for the same already, or for very much */
  async create(
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

  /** @throws Refusal `not_found`, `conflict` where the step is not possible */
  async step(id: string, step: Step, given: StepGiven): Promise<MediaRequest> {
    const changed = await this.#move(id, step, given, (status) => demandAfter(status, step));
    if (!changed) throw notFound();
    return changed;
  }

  /** Takes a step with everybody's open request of a title, where it is possible. @returns those that were moved */
  async stepAll(
    mediaType: MediaRequest["mediaType"],
    tmdbId: string,
    step: Step,
    given: StepGiven,
  ): Promise<MediaRequest[]> {
    const moved: MediaRequest[] = [];
    for (const id of await this.#parts.store.openOf(mediaType, tmdbId)) {
      const changed = await this.#move(id, step, given, (status) => after(status, step));
      if (changed) moved.push(changed);
    }
    return moved;
  }

  /** The request, for its owner or an admin. @throws Refusal `not_found`: others are not told that it is there */
  async find(identity: Identity, id: string): Promise<{ request: MediaRequest; history: HistoryEntry[] }> {
    const { store } = this.#parts;
    const request = await store.find(id);
    if (!request || !sees(identity, request)) throw notFound();
    return { request, history: await store.history(id) };
  }

  list(
    filter: { userId?: string | undefined; status?: RequestStatus | undefined },
    page: Page,
  ): Promise<MediaRequest[]> {
    return this.#parts.store.list(filter, page);
  }

  /** Removes a request: its owner while it is pending, an admin always. @throws Refusal `not_found`, `conflict` */
  async remove(identity: Identity, id: string): Promise<MediaRequest> {
    const removed = await this.#parts.store.remove(id, (request) => {
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
  }

  /** The socket has come to `/media`, or its user has other roles: it hears what it may, and what there was. */
  async attend(session: RequestsSession, identity: Identity): Promise<void> {
    this.place(session, identity);
    const { store, line } = this.#parts;
    const requests = await store.list({ userId: identity.userId }, { limit: SNAPSHOT, offset: 0 });
    if (session.isClosing) return;
    for (const status of fitting(requests.map(showStatus).reverse())) {
      line.publisher.send<"/media", "media:request:status">(session, "media:request:status", status);
    }
  }

  /** Admins see everybody's, their own among them: nobody hears anything twice. */
  place(session: RequestsSession, identity: Identity): void {
    const { rooms } = this.#parts.line;
    const [room, other] = isAdmin(identity) ? [ADMINS, userRoom(identity.userId)] : [userRoom(identity.userId), ADMINS];
    rooms.leave(session, other);
    rooms.join(session, room);
  }

  async #move(
    id: string,
    step: Step,
    { by, reason, estimatedCompletion }: StepGiven,
    to: (status: RequestStatus) => RequestStatus | undefined,
  ): Promise<MediaRequest | undefined> {
    const { store, inbox, house } = this.#parts;
    return inbox.during(async () => {
      let news: Notification | undefined;
      const outcome = await store.move({
        id,
        by,
        at: house.clock.now(),
        reason: reason ?? null,
        to,
        also: {
          ...(step === "approve" && { approvedBy: by }),
          ...(estimatedCompletion !== undefined && { estimatedCompletion }),
        },
        alongside: (tx, changed) => {
          const told = newsOf(step, changed);
          if (!told) return;
          const { notification, write } = inbox.prepare(told);
          write(tx);
          news = notification;
        },
      });
      if (outcome) {
        if (outcome.status !== "downloading") this.#parts.over(id);
        this.#tell(outcome);
      }
      return { outcome, news };
    });
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

function newsOf(
  step: Step,
  { id, userId, title, mediaType, tmdbId, reason }: MediaRequest,
): NewNotification | undefined {
  const news = NEWS[step];
  if (!news) return undefined;
  const message = news.text(title) + (reason === null ? "" : `: ${reason}`);
  const actions = [{ label: "View Details", url: `/requests/${id}` }];
  return {
    userId,
    type: news.type,
    title: news.title,
    message,
    data: { metadata: { requestId: id, mediaType, tmdbId }, actions },
  };
}

function notFound(): Refusal {
  return new Refusal("not_found", "Request not found");
}
