import * as v from "valibot";
import { shape } from "../../../http/route";
import { JOB_STATUSES } from "../tables";

const AT = "2026-01-01T00:00:00.000Z";
const text = v.string();
const maybe = v.nullable(text);

export const JOB = shape(
  "Job",
  v.object({
    id: text,
    mediaId: text,
    userId: text,
    kind: text,
    prompt: maybe,
    projectId: maybe,
    status: v.picklist(JOB_STATUSES),
    worker: maybe,
    progress: v.number(),
    stage: text,
    message: maybe,
    url: maybe,
    thumbnailUrl: maybe,
    metadata: v.nullable(v.record(text, v.unknown())),
    error: maybe,
    code: maybe,
    createdAt: text,
    claimedAt: maybe,
    updatedAt: text,
    finishedAt: maybe,
  }),
  {
    id: "0198c0de-0000-7000-8000-000000000001",
    mediaId: "0198c0de-0000-7000-8000-000000000001",
    userId: "user123",
    kind: "image",
    prompt: "A lighthouse in the fog",
    projectId: "project-123",
    status: "processing",
    worker: "gpu-1",
    progress: 50,
    stage: "rendering",
    message: null,
    url: null,
    thumbnailUrl: null,
    metadata: null,
    error: null,
    code: null,
    createdAt: AT,
    claimedAt: AT,
    updatedAt: AT,
    finishedAt: null,
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
    data: v.optional(v.record(text, v.unknown())),
    read: v.boolean(),
    readAt: maybe,
  }),
  {
    id: "0198c0de-0000-7000-8000-000000000002",
    userId: "user123",
    type: "success",
    title: "Your picture is ready",
    message: "A lighthouse in the fog",
    timestamp: AT,
    data: { mediaId: "0198c0de-0000-7000-8000-000000000001" },
    read: false,
    readAt: null,
  },
);

export const ROOM = shape("Room", v.object({ id: text, room: text, members: v.array(text) }), {
  id: "project-123",
  room: "project-123",
  members: ["user123"],
});

export const EMITTED = shape("Emitted", v.object({ id: text, room: text, event: text }), {
  id: "project-123",
  room: "project-123",
  event: "projectUpdate",
});

export const SIGNED_IN = shape(
  "SignedIn",
  v.object({
    user: v.object({ id: text, email: maybe, name: text, roles: v.array(text) }),
    token: text,
    expiresIn: v.number(),
  }),
  {
    user: { id: "user123", email: "artist@example.com", name: "artist", roles: [] },
    token: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1MSJ9.c2ln",
    expiresIn: 86_400,
  },
);
