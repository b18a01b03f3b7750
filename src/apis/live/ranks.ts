import type { Identity } from "../../domain/tokens/identity";

/** Who acts on a stream, and with what right. */
export interface Actor {
  /** As it is shown and logged. */
  readonly userId: string;
  readonly rank: number;
}

/** A server with an API key stands above everybody. */
export const SERVER: Actor = { userId: "server", rank: 4 };
export const ADMIN = 3;
export const OWNER = 2;
export const MODERATOR = 1;

/** A rank on every stream of an app, by the token. */
export function rankOfRoles({ roles }: Pick<Identity, "roles">): number {
  if (roles.includes("admin")) return ADMIN;
  if (roles.includes("owner")) return OWNER;
  return roles.includes("moderator") ? MODERATOR : 0;
}
