import * as v from "valibot";
import type { Identity } from "../../../domain/tokens/identity";
import type { House } from "../../../house";
import { type CommonCallers, commonRules, hasKey, type Rules } from "../../../http/access";
import type { RestStyle } from "../../../http/rest";
import type { Line } from "../../../realtime/api";
import type { Catalogue } from "../catalogue";
import type { LearningContract } from "../contract";
import { messageOf } from "../refusals";
import type { LearningData } from "../session";
import type { CourseStore, QuizStore } from "../store";
import type { WatchedVideos } from "../watched";

/** What the REST calls work on. */
export interface Parts {
  readonly house: House;
  readonly line: Line<LearningContract, LearningData>;
  readonly courses: CourseStore;
  readonly quizzes: QuizStore;
  readonly catalogue: Catalogue;
  readonly watched: WatchedVideos;
}

/** Answers are `{data}`, refusals `{message}` (CONTRACT §2); the calls are those of CONTRACT §8. */
export const style: RestStyle = {
  keyScope: "learning",
  envelope: {},
  refusal: (refusal) => ({ message: messageOf(refusal) }),
  refusalSchema: v.object({ message: v.string() }),
};

/** Who calls with an API key: another server, which may do what an admin may. */
export const SERVER: Identity = {
  userId: "server",
  email: null,
  username: "server",
  roles: ["admin"],
  token: { id: "", expiresAt: null, issuedAt: null, accountVersion: null, isOurs: false, claimedRoles: [] },
};

export interface LearningCallers extends CommonCallers {
  readonly "user or key": { readonly identity: Identity };
}

export function learningRules(house: House): Rules<LearningCallers> {
  const common = commonRules(house, style);
  return {
    ...common,
    "user or key": (call) =>
      hasKey(call.request, house.apiKeys, style.keyScope) ? { identity: SERVER } : common.user(call),
  };
}
