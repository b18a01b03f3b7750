import * as v from "valibot";
import { shape } from "../../../http/route";

const AT = "2026-01-01T00:00:00.000Z";
const text = v.string();
const number = v.number();
const maybe = v.nullable(text);
const status = v.picklist(["offline", "live", "error"]);

export const STREAM = shape(
  "Stream",
  v.object({
    id: text,
    stream_id: text,
    app_id: text,
    title: text,
    owner_id: maybe,
    status,
    started_at: maybe,
    ended_at: maybe,
    error: maybe,
    viewers: number,
    peak_viewers: number,
    created_at: text,
  }),
  {
    id: "stream_qwe456",
    stream_id: "stream_qwe456",
    app_id: "default",
    title: "My stream",
    owner_id: "user_abc123",
    status: "live",
    started_at: AT,
    ended_at: null,
    error: null,
    viewers: 1234,
    peak_viewers: 2000,
    created_at: AT,
  },
);

export const MESSAGE = shape(
  "Message",
  v.object({ message_id: text, stream_id: text, user_id: text, username: text, message: text, timestamp: text }),
  {
    message_id: "msg_0198",
    stream_id: "stream_qwe456",
    user_id: "user_abc123",
    username: "GamerPro",
    message: "Hello everyone!",
    timestamp: AT,
  },
);

export const BAN = shape(
  "Ban",
  v.object({ user_id: text, moderator_id: text, reason: maybe, until: maybe, timestamp: text }),
  {
    user_id: "user_xyz789",
    moderator_id: "user_abc123",
    reason: "Spam",
    until: "2026-01-01T01:00:00.000Z",
    timestamp: AT,
  },
);

export const ENTRY = shape(
  "LogEntry",
  v.object({ moderator_id: text, action: text, target: maybe, reason: maybe, until: maybe, timestamp: text }),
  {
    moderator_id: "user_abc123",
    action: "ban",
    target: "user_xyz789",
    reason: "Spam",
    until: "2026-01-01T01:00:00.000Z",
    timestamp: AT,
  },
);

export const APPOINTED = shape("Appointment", v.object({ stream_id: text, user_id: text, is_moderator: v.boolean() }), {
  stream_id: "stream_qwe456",
  user_id: "user_xyz789",
  is_moderator: true,
});

export const STATUS = shape("Status", v.object({ status }), { status: "live" });

export const APP = shape("App", v.object({ id: text, app_id: text, name: text, app_secret: text }), {
  id: "app_xyz789",
  app_id: "app_xyz789",
  name: "My app",
  app_secret: "shown this once",
});

export const TOKEN = shape(
  "Token",
  v.object({
    access_token: text,
    token_type: v.literal("bearer"),
    expires_in: number,
    user: v.object({ user_id: text, username: text, email: v.optional(maybe) }),
  }),
  {
    access_token: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1MSJ9.c2ln",
    token_type: "bearer",
    expires_in: 86_400,
    user: { user_id: "user_abc123", username: "GamerPro" },
  },
);
