import { chat } from "./chat";
import { connect } from "./connect";
import { idle } from "./idle";
import { playing } from "./playing";
import type { Scenario } from "./scenario";
import { search } from "./search";

/** What can be measured, a line each; `all` is all of them, in this order. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  chat,
  playing,
  connect,
  idle,
  search,
};
