import { tokenOf } from "../place";
import { type Pledge, pairs } from "./pledge";

interface Job {
  readonly mediaId: string;
}

/** Jobs: made, claimed by one worker, and over once. */
export const jobs: Pledge = {
  name: "media jobs",
  async visit({ place, user, random, ledger, isOver }) {
    const token = await tokenOf(user);
    const post = (path: string, json: object, as: string) =>
      place.call("studio", "POST", `/api/v1/media${path}`, as, json);
    while (!place.isGone && !isOver()) {
      const made = (await post("", { kind: "image", prompt: "A cat" }, token))?.data as Job | undefined;
      if (made) ledger.note(made.mediaId, 1);
      const claimed = (await post("/claim", { worker: user, kinds: ["image"] }, "key"))?.data as Job | undefined;
      if (claimed) {
        ledger.note(claimed.mediaId, 2);
        await post(`/${claimed.mediaId}/progress`, { progress: random.whole(1, 99), stage: "rendering" }, "key");
        const isDone = random.isLikely(0.7)
          ? await post(`/${claimed.mediaId}/complete`, { url: "https://media.example.com/1.png" }, "key")
          : await post(`/${claimed.mediaId}/error`, { error: "It went wrong" }, "key");
        if (isDone) ledger.note(claimed.mediaId, 3);
      }
      await Bun.sleep(random.whole(60, 200));
    }
  },
  stored: (db) =>
    pairs(db, "SELECT id, CASE status WHEN 'queued' THEN 1 WHEN 'processing' THEN 2 ELSE 3 END FROM studio_jobs"),
};

/** Accounts that were made, and tokens that no longer count. */
export const signedOut: Pledge = {
  name: "sign-outs",
  async visit({ place, user, random, ledger, isOver }) {
    for (let n = 0; !place.isGone && !isOver(); n++) {
      const jti = `${user}-${n}`;
      const token = await tokenOf(user, undefined, { jti });
      if (await place.call("studio", "POST", "/api/v1/auth/logout", token, {})) ledger.note(jti, 1);
      await Bun.sleep(random.whole(100, 300));
    }
  },
  stored: (db) => pairs(db, "SELECT token_id, 1 FROM revocations"),
};
