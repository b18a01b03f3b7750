import * as v from "valibot";

/** What kind of media a job makes, and a worker can make. */
export const kind = v.pipe(
  v.string(),
  v.trim(),
  v.check((text) => /^[A-Za-z0-9_-]{1,64}$/.test(text), "must have 1 to 64 letters, digits, - or _"),
);
