import * as v from "valibot";
import { shape } from "../../../http/route";
import { MEDIA_TYPES, STATUSES } from "../tables";

const AT = "2026-01-01T00:00:00.000Z";
const REQUEST_ID = "0198a6f0-0000-7000-8000-000000000001";
const USER_ID = "user_abc123";
const text = v.string();
const number = v.number();
const maybe = v.nullable(text);
const anything = v.record(text, v.unknown());

const request = v.object({
  id: text,
  userId: text,
  mediaType: v.picklist(MEDIA_TYPES),
  tmdbId: text,
  title: text,
  seasons: v.nullable(v.array(number)),
  status: v.picklist(STATUSES),
  previousStatus: v.nullable(v.picklist(STATUSES)),
  approvedBy: maybe,
  estimatedCompletion: maybe,
  reason: maybe,
  createdAt: text,
  updatedAt: text,
});
export const REQUEST = shape("Request", request, {
  id: REQUEST_ID,
  userId: USER_ID,
  mediaType: "movie",
  tmdbId: "27205",
  title: "Inception",
  seasons: null,
  status: "approved",
  previousStatus: "pending",
  approvedBy: "admin_1",
  estimatedCompletion: "2026-01-01T02:00:00.000Z",
  reason: null,
  createdAt: AT,
  updatedAt: AT,
});

const download = {
  requestId: text,
  downloadId: text,
  progress: v.object({ percentage: number, downloadedBytes: number, totalBytes: number, speed: text, eta: text }),
  currentFile: v.optional(text),
  timestamp: text,
};
const downloadExample = {
  requestId: REQUEST_ID,
  downloadId: "download_1",
  progress: { percentage: 45.5, downloadedBytes: 455, totalBytes: 1000, speed: "5.2 MB/s", eta: "00:03:45" },
  currentFile: "Inception.2010.mkv",
  timestamp: AT,
};
export const DOWNLOAD = shape("Download", v.object({ id: text, ...download }), {
  id: "download_1",
  ...downloadExample,
});

export const REQUEST_WHOLE = shape(
  "RequestDetails",
  v.object({
    ...request.entries,
    history: v.array(v.object({ from: maybe, to: text, by: text, reason: maybe, timestamp: text })),
    downloads: v.array(v.object(download)),
  }),
  {
    ...REQUEST.example,
    history: [
      { from: null, to: "pending", by: USER_ID, reason: null, timestamp: AT },
      { from: "pending", to: "approved", by: "admin_1", reason: null, timestamp: AT },
    ],
    downloads: [downloadExample],
  },
);

export const ACTIVITY = shape(
  "Activity",
  v.object({
    userId: text,
    username: text,
    action: text,
    details: anything,
    ipAddress: text,
    userAgent: text,
    timestamp: text,
  }),
  {
    userId: USER_ID,
    username: "john",
    action: "media_request_submitted",
    details: { requestId: REQUEST_ID, mediaTitle: "Inception", mediaType: "movie" },
    ipAddress: "192.168.1.100",
    userAgent: "Mozilla/5.0",
    timestamp: AT,
  },
);

export const NOTIFICATION = shape(
  "Notification",
  v.object({
    id: text,
    userId: text,
    type: text,
    title: text,
    message: text,
    timestamp: text,
    metadata: anything,
    actions: v.array(v.object({ label: text, url: text })),
    read: v.boolean(),
    readAt: maybe,
  }),
  {
    id: "0198a6f0-0000-7000-8000-000000000002",
    userId: USER_ID,
    type: "media_request_approved",
    title: "Media Request Approved",
    message: "Your request for 'Inception' has been approved",
    timestamp: AT,
    metadata: { requestId: REQUEST_ID },
    actions: [{ label: "View Details", url: `/requests/${REQUEST_ID}` }],
    read: false,
    readAt: null,
  },
);

export const ITEM = shape(
  "LibraryItem",
  v.object({ id: text, title: text, type: text, year: v.nullable(number), tmdbId: maybe }),
  {
    id: "library-1",
    title: "Inception",
    type: "movie",
    year: 2010,
    tmdbId: "27205",
  },
);

export const FOUND = shape(
  "Found",
  v.object({ id: text, title: text, type: text, year: v.optional(number), match: number }),
  {
    id: "library-1",
    title: "Inception",
    type: "movie",
    year: 2010,
    match: 0.95,
  },
);

export const SYNC = shape(
  "Sync",
  v.object({
    event: text,
    libraryId: text,
    libraryName: text,
    progress: v.optional(number),
    message: v.optional(text),
    timestamp: text,
  }),
  { event: "sync_progress", libraryId: "1", libraryName: "Movies", progress: 75, timestamp: AT },
);

export const SIGNED_IN = shape(
  "SignedIn",
  v.object({
    user: v.object({ id: text, email: maybe, name: text, roles: v.array(text) }),
    token: text,
    expiresIn: number,
  }),
  {
    user: { id: USER_ID, email: "john@example.com", name: "john", roles: [] },
    token: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1MSJ9.c2ln",
    expiresIn: 86_400,
  },
);
