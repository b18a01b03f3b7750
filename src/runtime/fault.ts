/** What keeps a command from doing its work, in one line for the operator: printed without a stack, exit code 1. */
export class Fault extends Error {
  override readonly name = "Fault";
}
