import { Refusal } from "../../refusal";
import type { Question } from "./tables";

export interface Result {
  /** 0 to 100, one decimal. */
  readonly score: number;
  readonly passed: boolean;
}

/**
 * Marks a try. A question without an answer counts as wrong.
 *
 * @param answers by question id; one of the question's choices
 * @param passScore 0 to 100; as many or more passes
 * @throws Refusal `invalid_request` for an answer to no question of the quiz, or one that is none of its choices
 */
export function mark(
  questions: readonly Question[],
  passScore: number,
  answers: Readonly<Record<string, string>>,
): Result {
  const byId = new Map(questions.map((question) => [question.id, question]));
  let right = 0;
  for (const [id, choice] of Object.entries(answers)) {
    const question = byId.get(id);
    const field = `answers.${id}`;
    if (!question) throw new Refusal("invalid_request", `${field} answers no question of this quiz`, { field });
    if (!question.choices.includes(choice)) {
      throw new Refusal("invalid_request", `${field} is none of the choices`, { field });
    }
    if (choice === question.answer) right++;
  }
  const score = Math.round((right / questions.length) * 1000) / 10;
  return { score, passed: score >= passScore };
}
