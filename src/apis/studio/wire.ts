import type { Notification } from "../../domain/notifications/notifications";
import type { Line } from "../../realtime/api";
import { iso } from "../../runtime/clock";
import type { StudioContract } from "./contract";
import type { StudioData } from "./session";
import type { Job } from "./store";

export type StudioLine = Line<StudioContract, StudioData>;
/** Every namespace has the events of all sockets; which of them one is in makes no difference to those. */
export const NAMESPACES = ["/", "/media", "/notifications"] as const;

/** A job as REST answers it. */
export function showJob(job: Job) {
  const { createdAt, claimedAt, updatedAt, finishedAt, ...rest } = job;
  const time = (at: number | null) => (at === null ? null : iso(at));
  return {
    ...rest,
    mediaId: job.id,
    createdAt: iso(createdAt),
    claimedAt: time(claimedAt),
    updatedAt: iso(updatedAt),
    finishedAt: time(finishedAt),
  };
}

export function showProgress({ id, progress, stage, message }: Job) {
  return { mediaId: id, progress, stage, ...(message !== null && { message }) };
}

export function showComplete({ id, url, thumbnailUrl, metadata }: Job) {
  return {
    mediaId: id,
    url: url ?? "",
    ...(thumbnailUrl !== null && { thumbnailUrl }),
    ...(metadata !== null && { metadata }),
  };
}

export function showError({ id, error, code }: Job) {
  return { mediaId: id, error: error ?? "Unknown error", ...(code !== null && { code }) };
}

export const NOTIFICATION_TYPES = ["info", "success", "warning", "error"] as const;

/** As the event carries it; those of this inbox have one of our types. */
export function showNotification({ id, type, title, message, createdAt, data }: Notification) {
  return {
    id,
    type: NOTIFICATION_TYPES.find((each) => each === type) ?? "info",
    title,
    message,
    timestamp: iso(createdAt),
    ...(data !== null && { data }),
  };
}
