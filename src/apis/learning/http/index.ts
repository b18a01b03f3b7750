import { openRest } from "../../../http/serve";
import { authHandlers, authRoutes } from "./auth";
import { courseHandlers, courseRoutes } from "./courses";
import { learningRules, type Parts, style } from "./parts";
import { quizHandlers, quizRoutes } from "./quizzes";
import { studentHandlers, studentRoutes } from "./students";

/** REST under `/api/v1`: for users with a token, and for servers with an API key. */
export const learningRest = {
  ...style,
  routes: { ...authRoutes, ...courseRoutes, ...studentRoutes, ...quizRoutes },
};

export function learningHttp(parts: Parts) {
  const { house, line } = parts;
  const options = { log: house.log, isChecked: line.isChecked, rules: learningRules(house) };
  return openRest(learningRest, options, {
    ...authHandlers(house),
    ...courseHandlers(parts),
    ...studentHandlers(parts),
    ...quizHandlers(parts),
  });
}
