import { Refusal } from "../../refusal";
import { OPEN, type RequestStatus } from "./store";

/** What may happen to a request. */
export type Step = "approve" | "decline" | "download" | "available" | "fail";

/** The whole life of a request (CONTRACT §5). What stands nowhere here does not happen. */
const STEPS: Readonly<Record<Step, { readonly from: readonly RequestStatus[]; readonly to: RequestStatus }>> = {
  // From failed it is a second try.
  approve: { from: ["pending", "failed"], to: "approved" },
  decline: { from: ["pending"], to: "declined" },
  // The first report of a download; all of it downloaded is not there yet.
  download: { from: ["approved"], to: "downloading" },
  available: { from: OPEN, to: "available" },
  fail: { from: ["approved", "downloading"], to: "failed" },
};

/** Where a step leads from a status; undefined where it does not. */
export function after(status: RequestStatus, step: Step): RequestStatus | undefined {
  const { from, to } = STEPS[step];
  return from.includes(status) ? to : undefined;
}

/** As `after`. @throws Refusal `conflict` that says what would be possible */
export function demandAfter(status: RequestStatus, step: Step): RequestStatus {
  const to = after(status, step);
  if (to) return to;
  const { from } = STEPS[step];
  throw new Refusal("conflict", `The request is ${status}; this is possible while it is ${from.join(" or ")}`, {
    facts: { status },
  });
}
