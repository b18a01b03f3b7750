import * as v from "valibot";
import { line, secret } from "../realtime/fields";

const password = secret(1024);

/** Who signs in: `username` or `email`, in either field, and a password (CONTRACT §2). */
export const credentials = v.pipe(
  v.object({ username: v.optional(v.string()), email: v.optional(v.string()), password }),
  v.check(({ username, email }) => Boolean(username ?? email), "needs a username or an email"),
  v.transform(({ username, email, password }) => ({ login: username ?? email ?? "", password })),
);

/** Somebody new. */
export const registration = v.object({
  email: v.pipe(
    line(3, 254),
    v.check((text) => /^[^\s@]+@[^\s@]+$/.test(text), "must be an email address"),
  ),
  password: v.pipe(
    password,
    v.check((text) => text.length >= 8, "must have at least 8 characters"),
  ),
  name: v.optional(line(1, 64)),
});
