import type { House } from "../house";
import type { Endpoint } from "./endpoint";

/**
 * Has what was changed of accounts and keys reach live sockets and what the APIs keep: ends what no longer counts,
 * renews roles, forgets those who are gone.
 *
 * @returns whether all of it is done; else it is to be tried again
 */
export async function takeOver(
  { accounts, apiKeys, progress, chat, moderation, notifications, log }: House,
  endpoints: readonly Endpoint[],
): Promise<boolean> {
  apiKeys.reload();
  const { last, users } = await accounts.changes();
  let isDone = true;
  // One that fails is tried again, and keeps none of the others waiting.
  const attempt = (userId: string, work: () => Promise<void>) =>
    work().catch((error) => {
      isDone = false;
      log.error({ err: error, userId }, "a changed account could not be taken over yet");
    });
  // All of these first: whoever said much takes a while to forget, and whoever is put out must not stay so long.
  for (const { userId } of users) await attempt(userId, () => reviewUser(endpoints, userId));
  for (const { userId } of users.filter((user) => user.isDeleted)) {
    await attempt(userId, async () => {
      await progress.forget(userId);
      await notifications.forget(userId);
      await moderation.forget(userId);
      await chat.forget(userId);
      for (const { behaviour } of endpoints) await behaviour.forget?.(userId);
    });
  }
  // Others write too: mostly there is nothing to forget, and then nothing that a locked database could refuse.
  if (isDone && users.length > 0) await accounts.forgetChanges(last);
  return isDone;
}

/** A user's account or tokens have changed: every API looks at the user's sockets again. */
export async function reviewUser(endpoints: readonly Endpoint[], userId: string): Promise<void> {
  await Promise.all(endpoints.map((endpoint) => endpoint.sessions.review(userId)));
}
