import type { Identity } from "../domain/tokens/identity";
import { Refusal } from "../refusal";
import type { Access } from "./contract";

// What each word of a contract's `access` demands. Two questions, because a payload is looked at between them
// (CONTRACT §3.1): is somebody signed in, and may that somebody do this.

/** The refusal of a guest where a user is needed, or nothing. */
export function guestRefusal(access: Access, identity: Identity | null): Refusal | undefined {
  if (access === "anyone" || identity) return undefined;
  return new Refusal("authentication_failed", "Authentication required");
}

/** The refusal of a user whose roles are not enough, or nothing. */
export function roleRefusal(access: Access, identity: Identity | null): Refusal | undefined {
  if (access !== "admin" || identity?.roles.includes("admin")) return undefined;
  return new Refusal("permission_denied", "Admin access required");
}
