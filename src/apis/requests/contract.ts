import * as v from "valibot";
import { type ClientToServer, defineContract, receives, type ServerToClient, sends } from "../../realtime/contract";
import { line } from "../../realtime/fields";

/** Characters of what is looked for. */
export const MAX_QUERY = 200;

const status = v.picklist(["pending", "approved", "declined", "downloading", "available", "failed"]);

const serviceStatus = v.picklist(["online", "offline"]);
const logLevel = v.picklist(["debug", "info", "warn", "error"]);
const share = v.object({ total: v.number(), used: v.number(), free: v.number(), percentage: v.number() });

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
    "/": {
      access: "anyone",
      receives: {},
      sends: {
        "system:health": sends({
          summary: "How the server and the services around it are; at once on connecting and every 30 s.",
          source: "System Events, system:health",
          payload: v.object({
            timestamp: v.string(),
            status: v.picklist(["healthy", "degraded", "unhealthy"]),
            services: v.record(v.string(), serviceStatus),
            metrics: v.object({ uptime: v.number(), memory: v.string(), cpu: v.string() }),
          }),
          example: {
            timestamp: AT,
            status: "healthy",
            services: { database: "online", plex: "online" },
            metrics: { uptime: 3600, memory: "256MB", cpu: "15%" },
          },
        }),
        "system:status": sends({
          summary: "A service has gone, or has come back.",
          source: "System Events, system:status",
          payload: v.object({
            service: v.string(),
            previousStatus: serviceStatus,
            currentStatus: serviceStatus,
            timestamp: v.string(),
            reason: v.string(),
            impact: v.string(),
          }),
          example: {
            service: "plex",
            previousStatus: "online",
            currentStatus: "offline",
            timestamp: AT,
            reason: "Connection timeout",
            impact: "What needs plex does not work",
          },
        }),
        ...personal,
      },
    },
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
        "admin:system:alert": sends({
          summary:
            "Something is wrong; or, with severity info and resolvedAt, is right again. The active ones on connecting.",
          source: "Admin Events, admin:system:alert",
          payload: v.object({
            id: v.string(),
            severity: v.picklist(["info", "warning", "critical"]),
            category: v.string(),
            title: v.string(),
            message: v.string(),
            timestamp: v.string(),
            metrics: v.record(v.string(), v.number()),
            recommendations: v.array(v.string()),
            resolvedAt: v.optional(v.string()),
          }),
          example: {
            id: REQUEST,
            severity: "warning",
            category: "performance",
            title: "High Memory Usage",
            message: "System memory usage is above 80%",
            timestamp: AT,
            metrics: { memoryUsage: 85.4, threshold: 80 },
            recommendations: ["Consider restarting services", "Check for memory leaks"],
          },
        }),
        "admin:service:performance": sends({
          summary:
            "What each service did over the last minute: mean ms, answers a minute, share of failures; every 60 s.",
          source: "Admin Events, admin:service:performance",
          payload: v.object({
            timestamp: v.string(),
            services: v.array(
              v.object({
                name: v.string(),
                responseTime: v.number(),
                throughput: v.number(),
                errorRate: v.number(),
                connections: v.number(),
              }),
            ),
          }),
          example: {
            timestamp: AT,
            services: [{ name: "plex", responseTime: 234, throughput: 4, errorRate: 0.25, connections: 0 }],
          },
        }),
        error,
      },
    },
    "/media": {
      access: "user",
      receives: {
        "media:search": receives({
          summary:
            "Looks for titles by what was typed so far; what the socket has typed on from in the meantime is superseded.",
          source: "Media Events, media:search:result",
          access: "user",
          payload: v.object({ query: line(0, MAX_QUERY) }),
          ack: v.object({ superseded: v.boolean() }),
          example: { query: "incep" },
        }),
      },
      sends: {
        "media:search:result": sends({
          summary:
            "At most 20 titles, best first: the title itself (match 1), titles and words that begin so, typing errors.",
          source: "Media Events, media:search:result",
          payload: v.object({
            query: v.string(),
            results: v.array(
              v.object({
                id: v.string(),
                title: v.string(),
                type: v.string(),
                year: v.optional(v.number()),
                match: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
              }),
            ),
            timestamp: v.string(),
          }),
          example: {
            query: "incep",
            results: [{ id: "movie-27205", title: "Inception", type: "movie", year: 2010, match: 0.95 }],
            timestamp: AT,
          },
        }),
        "media:plex:sync": sends({
          summary: "A library is read anew; who comes in between is shown what is running.",
          source: "Media Events, media:plex:sync",
          payload: v.object({
            event: v.picklist(["sync_started", "sync_progress", "sync_completed", "sync_failed"]),
            libraryId: v.string(),
            libraryName: v.string(),
            progress: v.optional(v.number()),
            message: v.optional(v.string()),
            timestamp: v.string(),
          }),
          example: { event: "sync_started", libraryId: "1", libraryName: "Movies", timestamp: AT },
        }),
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
    "/system": {
      access: "admin",
      receives: {
        "system:logs:level": receives({
          summary: "How grave lines of the log must be that this socket wants to hear; info until it says so.",
          source: "System Events, system:logs",
          access: "admin",
          payload: v.object({ level: logLevel }),
          ack: v.object({ level: logLevel }),
          example: { level: "warn" },
        }),
      },
      sends: {
        "system:metrics": sends({
          summary: "The machine: CPU, memory, the data folder's disk, network since its start; at once and every 30 s.",
          source: "System Events, system:metrics",
          payload: v.object({
            timestamp: v.string(),
            cpu: v.object({ usage: v.number(), cores: v.number(), loadAverage: v.array(v.number()) }),
            memory: share,
            disk: share,
            network: v.object({
              bytesReceived: v.number(),
              bytesSent: v.number(),
              packetsReceived: v.number(),
              packetsSent: v.number(),
            }),
          }),
          example: {
            timestamp: AT,
            cpu: { usage: 25.5, cores: 8, loadAverage: [1.2, 1.5, 1.8] },
            memory: { total: 16_777_216_000, used: 8_388_608_000, free: 8_388_608_000, percentage: 50 },
            disk: { total: 1_000_000_000_000, used: 500_000_000_000, free: 500_000_000_000, percentage: 50 },
            network: { bytesReceived: 1_048_576, bytesSent: 2_097_152, packetsReceived: 1_024, packetsSent: 2_048 },
          },
        }),
        "system:logs": sends({
          summary: "A line of the server's own log, without secrets; the last 100 on connecting.",
          source: "System Events, system:logs",
          payload: v.object({
            timestamp: v.string(),
            level: logLevel,
            service: v.string(),
            message: v.string(),
            correlationId: v.string(),
            metadata: v.record(v.string(), v.unknown()),
          }),
          example: {
            timestamp: AT,
            level: "info",
            service: "requests",
            message: "a service is offline",
            correlationId: "log-17",
            metadata: { service: "plex", reason: "Connection timeout" },
          },
        }),
        error,
      },
    },
  },
});

export type RequestsContract = typeof requestsContract;
export type RequestsNamespace = keyof RequestsContract["namespaces"];
/** For `Socket<RequestsEvents<"/media">, RequestsCommands<"/media">>` of socket.io-client. */
export type RequestsEvents<N extends RequestsNamespace = "/"> = ServerToClient<RequestsContract, N>;
export type RequestsCommands<N extends RequestsNamespace = "/"> = ClientToServer<RequestsContract, N>;
