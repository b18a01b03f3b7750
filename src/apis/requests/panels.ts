import { MAX_ROWS, type Operator, type Panel, type Row } from "../../panel";
import { parse } from "../../parse";
import { text } from "../../realtime/fields";
import { Refusal } from "../../refusal";
import type { ActivityLog } from "./activity";
import type { Downloads } from "./downloads";
import type { Media } from "./media";
import type { Download, MediaRequest } from "./store";
import type { Monitor } from "./system/monitor";
import { showDownload } from "./wire";

interface Parts {
  readonly media: Media;
  readonly downloads: Downloads;
  readonly activity: ActivityLog;
}

const REASON = { name: "reason", title: "Reason", kind: "text", isOptional: true } as const;
const STEPS = {
  approve: { title: "Approve", from: ["pending", "failed"], done: "approved" },
  decline: { title: "Decline", from: ["pending"], done: "declined" },
  available: { title: "It is available", from: ["pending", "approved", "downloading"], done: "available" },
  fail: { title: "It has failed", from: ["approved", "downloading"], done: "failed" },
} as const;
const DOWNLOAD_COLUMNS = [
  { key: "file", title: "File", kind: "text" },
  { key: "percent", title: "Done", kind: "percent" },
  { key: "bytes", title: "Of that", kind: "bytes" },
  { key: "total", title: "Size", kind: "bytes" },
  { key: "speed", title: "Speed", kind: "text" },
  { key: "eta", title: "Left", kind: "text" },
  { key: "reported", title: "Reported", kind: "time" },
] as const;

/** What people have asked for, and what an admin decides about it. */
export function requestsPanel({ media, downloads, activity }: Parts): Panel {
  return {
    name: "media",
    title: "Media requests",
    columns: [
      { key: "title", title: "Title", kind: "text" },
      { key: "type", title: "Type", kind: "text" },
      { key: "status", title: "Status", kind: "state" },
      { key: "user", title: "User", kind: "id" },
      { key: "reason", title: "Reason", kind: "text" },
      { key: "changed", title: "Changed", kind: "time" },
      { key: "created", title: "Asked for", kind: "time" },
    ],
    actions: Object.entries(STEPS).map(([name, { title, from }]) => ({
      name,
      title,
      offeredFor: { key: "status", values: from },
      fields: [REASON],
    })),
    rows: async (search) => (await media.search(search, MAX_ROWS)).map(requestRow),
    async details(id) {
      const history = await media.history(id);
      return [
        {
          title: "History",
          columns: [
            { key: "time", title: "Time", kind: "time" },
            { key: "from", title: "From", kind: "state" },
            { key: "to", title: "To", kind: "state" },
            { key: "by", title: "By", kind: "id" },
            { key: "reason", title: "Reason", kind: "text" },
          ],
          rows: history.map(({ createdAt, ...entry }, index) => ({ id: String(index), time: createdAt, ...entry })),
        },
        { title: "Downloads", columns: DOWNLOAD_COLUMNS, rows: downloads.of(id).map(downloadRow) },
      ];
    },
    async act(action, id, fields, by) {
      if (!isStep(action)) throw new Refusal("not_found", "There is no such action");
      const reason = fields.reason === undefined ? null : parse(text(1, 1_000), fields.reason, "reason");
      const request = await media.step(id, action, { by: by.userId, reason });
      await note(activity, `media_request_${STEPS[action].done}`, request, by);
      return `${request.title} is ${STEPS[action].done}`;
    },
  };
}

/** What is being downloaded now. */
export function downloadsPanel({ media, downloads }: Parts): Panel {
  return {
    name: "downloads",
    title: "Downloads",
    columns: [{ key: "title", title: "Title", kind: "text" }, ...DOWNLOAD_COLUMNS],
    actions: [],
    async rows(search) {
      const wanted = search.toLowerCase();
      const rows: Row[] = [];
      for (const download of downloads.newest()) {
        if (rows.length >= MAX_ROWS) break;
        const title = (await media.titleOf(download.requestId)) ?? "";
        const row: Row = { ...downloadRow(download), title };
        if (`${title} ${row.file ?? ""}`.toLowerCase().includes(wanted)) rows.push(row);
      }
      return rows;
    },
  };
}

/** What the operator wants to have watched, and what is wrong with it. */
export function servicesPanel(monitor: Monitor): Panel {
  return {
    name: "services",
    title: "Services",
    columns: [
      { key: "id", title: "Service", kind: "id" },
      { key: "status", title: "Status", kind: "state" },
      { key: "time", title: "Answers in, ms", kind: "number" },
      { key: "failed", title: "Failed in the last minute", kind: "percent" },
    ],
    actions: [],
    rows: async (search) =>
      monitor.services
        .filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()))
        .map(({ name, status, responseTime, errorRate }) => ({
          id: name,
          status: status ?? "unknown",
          time: responseTime,
          failed: errorRate * 100,
        })),
  };
}

/** Alerts that are not over. */
export function alertsPanel(monitor: Monitor): Panel {
  return {
    name: "alerts",
    title: "Alerts",
    columns: [
      { key: "severity", title: "Severity", kind: "state" },
      { key: "title", title: "Alert", kind: "text" },
      { key: "message", title: "What is wrong", kind: "text" },
      { key: "advice", title: "What helps", kind: "text" },
      { key: "since", title: "Since", kind: "time" },
    ],
    actions: [],
    rows: async (search) =>
      monitor.alerts
        .filter(({ title, message }) => `${title} ${message}`.toLowerCase().includes(search.toLowerCase()))
        .map(({ id, severity, title, message, recommendations, timestamp }) => ({
          id,
          severity,
          title,
          message,
          advice: recommendations.join("; "),
          since: timestamp,
        }))
        .reverse(),
  };
}

function isStep(action: string): action is keyof typeof STEPS {
  return Object.hasOwn(STEPS, action);
}

/** As admins do it over REST: for the other admins' eyes. */
async function note(activity: ActivityLog, action: string, request: MediaRequest, by: Operator): Promise<void> {
  const { id: requestId, title: mediaTitle, mediaType } = request;
  const { userId, username, address: ipAddress, userAgent } = by;
  await activity.note({ userId, username }, action, { requestId, mediaTitle, mediaType }, { ipAddress, userAgent });
}

function requestRow({ id, title, mediaType, status, userId, reason, updatedAt, createdAt }: MediaRequest): Row {
  return { id, title, type: mediaType, status, user: userId, reason, changed: updatedAt, created: createdAt };
}

function downloadRow(download: Download): Row {
  const { requestId, downloadId, progress, currentFile } = showDownload(download);
  return {
    id: `${requestId} ${downloadId}`,
    file: currentFile ?? null,
    percent: progress.percentage,
    bytes: progress.downloadedBytes,
    total: progress.totalBytes,
    speed: progress.speed,
    eta: progress.eta,
    reported: download.reportedAt,
  };
}
