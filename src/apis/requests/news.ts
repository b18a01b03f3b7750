import type { NewNotification } from "../../domain/notifications/notifications";
import type { Step } from "./lifecycle";
import type { MediaRequest } from "./store";

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

/** What the owner of a request is told once a step is taken, or nothing. */
export function newsOf(
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
