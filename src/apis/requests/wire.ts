import type { Notification } from "../../domain/notifications/notifications";
import type { Line } from "../../realtime/api";
import type { Session } from "../../realtime/session";
import { iso } from "../../runtime/clock";
import type { RequestsContract } from "./contract";
import type { Found } from "./library/search";
import type { Activity, Download, HistoryEntry, MediaRequest } from "./store";

export type RequestsLine = Line<RequestsContract, null>;
export type RequestsSession = Session<null>;

/** All sockets of a user in a namespace. */
export function userRoom(userId: string): string {
  return `user ${userId}`;
}

/** Everybody in `/media` who sees everybody's requests. */
export const ADMINS = "admins";
/** Everybody in a namespace. */
export const EVERYBODY = "everybody";

export function sessionEvent(event: "token_expiring" | "token_refresh", expiresAt: number, timestamp: string) {
  return { event, expiresAt: iso(expiresAt), timestamp };
}

/** `media:request:status` */
export function showStatus(request: MediaRequest) {
  const { id, userId, title, mediaType, tmdbId, previousStatus, status, updatedAt } = request;
  const { approvedBy, estimatedCompletion, reason } = request;
  return {
    requestId: id,
    userId,
    previousStatus,
    currentStatus: status,
    timestamp: iso(updatedAt),
    request: { title, mediaType, tmdbId },
    ...(approvedBy !== null && { approvedBy }),
    ...(estimatedCompletion !== null && { estimatedCompletion: iso(estimatedCompletion) }),
    ...(reason !== null && { reason }),
  };
}

/** As REST shows it. */
export function showRequest({ estimatedCompletion, createdAt, updatedAt, ...rest }: MediaRequest) {
  return {
    ...rest,
    estimatedCompletion: estimatedCompletion === null ? null : iso(estimatedCompletion),
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
  };
}

export function showHistory({ from, to, by, reason, createdAt }: HistoryEntry) {
  return { from, to, by, reason, timestamp: iso(createdAt) };
}

/** `media:download:progress` */
export function showDownload(download: Download) {
  const { requestId, downloadId, downloadedBytes, totalBytes, speed, eta, currentFile, reportedAt } = download;
  const percentage = download.percentage ?? percentageOf(downloadedBytes, totalBytes);
  return {
    requestId,
    downloadId,
    progress: { percentage, downloadedBytes, totalBytes, speed, eta },
    ...(currentFile !== null && { currentFile }),
    timestamp: iso(reportedAt),
  };
}

/** With one decimal; 100 only when nothing is left. */
function percentageOf(done: number, total: number): number {
  if (total === 0) return 0;
  return done < total ? Math.min(99.9, Math.round((done / total) * 1000) / 10) : 100;
}

/** A title that was found, as `media:search:result` shows it. */
export function showFound({ year, ...found }: Found) {
  return { ...found, ...(year !== null && { year }) };
}

/** `user:notification` */
export function showNotification({ id, type, title, message, data, createdAt }: Notification) {
  return {
    id,
    type,
    title,
    message,
    timestamp: iso(createdAt),
    metadata: (data?.metadata ?? {}) as Record<string, unknown>,
    actions: (data?.actions ?? []) as { label: string; url: string }[],
  };
}

/** `admin:user:activity` */
export function showActivity({ createdAt, ...activity }: Activity) {
  return { ...activity, timestamp: iso(createdAt) };
}
