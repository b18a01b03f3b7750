import * as v from "valibot";
import { type ClientToServer, defineContract, type ServerToClient, sends } from "../../realtime/contract";

const status = v.picklist(["pending", "approved", "declined", "downloading", "available", "failed"]);

const AT = "2026-01-01T12:00:00.000Z";
const REQUEST = "0198a6f0-0000-7000-8000-000000000001";
const USER = "user_abc123";

const error = sends({
  summary: "An event was refused, or the session has ended (UNAUTHORIZED); retryAfter is in seconds.",
  source: "Error Handling, Event Errors",
  payload: v.object({ code: v.string(), message: v.string(), retryAfter: v.optional(v.number()) }),
  example: { code: "UNAUTHORIZED", message: "Token has expired" },
});

/** What a user hears in private. */
const personal = {
  "user:notification": sends({
    summary: "News for the user; the unread ones come again on connecting to /authenticated.",
    source: "User Events, user:notification",
    payload: v.object({
      id: v.string(),
      type: v.string(),
      title: v.string(),
      message: v.string(),
      timestamp: v.string(),
      metadata: v.record(v.string(), v.unknown()),
      actions: v.array(v.object({ label: v.string(), url: v.string() })),
    }),
    example: {
      id: "0198a6f0-0000-7000-8000-000000000002",
      type: "media_request_approved",
      title: "Media Request Approved",
      message: "Your request for 'Inception' has been approved",
      timestamp: AT,
      metadata: { requestId: REQUEST, mediaType: "movie", tmdbId: "27205" },
      actions: [{ label: "View Details", url: `/requests/${REQUEST}` }],
    },
  }),
  "user:session": sends({
    summary: "The token runs out in a minute (token_expiring), or was renewed (token_refresh).",
    source: "User Events, user:session",
    payload: v.object({
      event: v.picklist(["token_expiring", "token_refresh"]),
      expiresAt: v.string(),
      timestamp: v.string(),
    }),
    example: { event: "token_refresh", expiresAt: "2026-01-02T12:00:00.000Z", timestamp: AT },
  }),
  error,
};

export const requestsContract = defineContract({
  title: "Headend requests API",
  description:
    "Media requests, downloads and notifications for a household's media server, as MediaNest documents them.",
  document: "requests-medianest.md",
  namespaces: {
    "/": { access: "anyone", receives: {}, sends: { ...personal } },
    "/authenticated": { access: "user", receives: {}, sends: { ...personal } },
    "/admin": {
      access: "admin",
      receives: {},
      sends: {
        "admin:user:activity": sends({
          summary: "A user did something that changed something.",
          source: "Admin Events, admin:user:activity",
          payload: v.object({
            userId: v.string(),
            username: v.string(),
            action: v.string(),
            details: v.record(v.string(), v.unknown()),
            timestamp: v.string(),
            ipAddress: v.string(),
            userAgent: v.string(),
          }),
          example: {
            userId: USER,
            username: "johndoe",
            action: "media_request_submitted",
            details: { requestId: REQUEST, mediaTitle: "Inception", mediaType: "movie" },
            timestamp: AT,
            ipAddress: "192.168.1.100",
            userAgent: "Mozilla/5.0",
          },
        }),
        error,
      },
    },
    "/media": {
      access: "user",
      receives: {},
      sends: {
        "media:request:status": sends({
          summary:
            "A request was made or moved on, to its owner and to admins; the last 100 of one's own on connecting.",
          source: "Media Events, media:request:status",
          payload: v.object({
            requestId: v.string(),
            userId: v.string(),
            previousStatus: v.nullable(status),
            currentStatus: status,
            timestamp: v.string(),
            request: v.object({ title: v.string(), mediaType: v.picklist(["movie", "tv"]), tmdbId: v.string() }),
            approvedBy: v.optional(v.string()),
            estimatedCompletion: v.optional(v.string()),
            reason: v.optional(v.string()),
          }),
          example: {
            requestId: REQUEST,
            userId: USER,
            previousStatus: "pending",
            currentStatus: "approved",
            timestamp: AT,
            request: { title: "Inception", mediaType: "movie", tmdbId: "27205" },
            approvedBy: "admin",
            estimatedCompletion: "2026-01-01T18:00:00.000Z",
          },
        }),
        "media:download:progress": sends({
          summary: "How far a download is, to the request's owner and to admins; at most one in 5 s per download.",
          source: "Media Events, media:download:progress",
          payload: v.object({
            requestId: v.string(),
            downloadId: v.string(),
            progress: v.object({
              percentage: v.number(),
              downloadedBytes: v.number(),
              totalBytes: v.number(),
              speed: v.string(),
              eta: v.string(),
            }),
            currentFile: v.optional(v.string()),
            timestamp: v.string(),
          }),
          example: {
            requestId: REQUEST,
            downloadId: "download-1",
            progress: {
              percentage: 45.2,
              downloadedBytes: 1_024_000_000,
              totalBytes: 2_265_678_000,
              speed: "5.2 MB/s",
              eta: "00:03:59",
            },
            currentFile: "Inception.2010.1080p.BluRay.x264.mkv",
            timestamp: AT,
          },
        }),
        error,
      },
    },
    "/system": { access: "admin", receives: {}, sends: { error } },
  },
});

export type RequestsContract = typeof requestsContract;
type Namespace = keyof RequestsContract["namespaces"];
/** For `Socket<RequestsEvents<"/media">, RequestsCommands<"/media">>` of socket.io-client. */
export type RequestsEvents<N extends Namespace> = ServerToClient<RequestsContract, N>;
export type RequestsCommands<N extends Namespace> = ClientToServer<RequestsContract, N>;
