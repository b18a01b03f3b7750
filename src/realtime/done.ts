/** What most acknowledgements say: the event was handled, and there is nothing else to tell. Made once, as text too. */
export const DONE = Object.freeze({ success: true });

const TEXT = JSON.stringify([DONE]);

/** The arguments of an acknowledgement as text. */
export function textOf(args: readonly unknown[]): string {
  return args.length === 1 && args[0] === DONE ? TEXT : JSON.stringify(args);
}
