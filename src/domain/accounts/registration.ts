import { Refusal } from "../../refusal";
import { type Limits, rate } from "../limits";
import type { Account, Accounts } from "./accounts";

/** Each try costs a hash, whatever becomes of it; a class that registers together still gets in. */
const PER_ADDRESS = rate(20, 60_000);

/** People who make their own accounts, where the operator lets them (`HEADEND_REGISTRATION`). */
export class Registration {
  readonly #accounts: Accounts;
  readonly #limits: Limits;
  readonly #isOpen: boolean;

  constructor(accounts: Accounts, limits: Limits, isOpen: boolean) {
    this.#accounts = accounts;
    this.#limits = limits;
    this.#isOpen = isOpen;
  }

  /**
   * Makes an account without roles: those come from tokens or from the operator (CONTRACT §2).
   *
   * @param address of the caller, for the limit
   * @throws Refusal `permission_denied` while registration is closed; `conflict` when the email is taken;
   *   `rate_limit_exceeded`
   */
  async register(
    given: { email: string; password: string; name?: string | undefined },
    address: string,
  ): Promise<Account> {
    if (!this.#isOpen) {
      throw new Refusal("permission_denied", "Registration is closed on this server", {
        reason: "registration_closed",
      });
    }
    const waitMs = this.#limits.take([{ key: `registration, address: ${address}`, rate: PER_ADDRESS }]);
    if (waitMs > 0) throw Refusal.rateLimited(waitMs, "Too many registrations, try again later");
    return this.#accounts.add(given);
  }
}
