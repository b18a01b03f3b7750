import { and, desc, eq, gt, isNull, lt, or } from "drizzle-orm";
import { Refusal } from "../../refusal";
import { type Clock, iso } from "../../runtime/clock";
import type { Ticker } from "../../runtime/ticker";
import type { Store, Transaction } from "../../store/database";
import { pruneRows } from "../../store/prune";
import { moderationLog, moderators, restrictions, slowModes } from "./tables";

export type RestrictionKind = "ban" | "mute";

export interface Restriction {
  readonly userId: string;
  readonly kind: RestrictionKind;
  /** Epoch ms; null = for good. */
  readonly until: number | null;
  readonly moderatorId: string;
  readonly reason: string | null;
  readonly createdAt: number;
}

/** What is done by whom. */
export interface Act {
  readonly moderatorId: string;
  readonly reason?: string | null | undefined;
}

export interface LogEntry {
  readonly moderatorId: string;
  readonly action: string;
  readonly target: string | null;
  readonly reason: string | null;
  readonly until: number | null;
  readonly createdAt: number;
}

type Entry = Act & { action: string; target?: string; until?: number | null };

interface Scope {
  readonly ban: Map<string, Restriction>;
  readonly mute: Map<string, Restriction>;
  readonly moderators: Set<string>;
  slowModeMs: number | null;
  /** Monotonic ms of each user's last message, while that matters. */
  readonly spokeAt: Map<string, number>;
  usedAt: number;
}

/** Longest slow mode; older messages do not matter to it. */
const MAX_SLOW_MODE_MS = 600_000;
const IDLE_MS = 600_000;
const SWEEP_MS = 60_000;
/** Past this the oldest are read from the database again when they are needed. */
const MAX_SCOPES = 20_000;

/**
 * Who may enter and speak where. Bans and mutes belong to the user, not to a socket, and are compared with the clock
 * when they are asked for, so they end on the moment, survive a restart, and need no timer. A scope is a place: a
 * stream, a room. Questions are answered from memory; the database is read when a scope is first asked about.
 */
export class Moderation {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #lastWritten: (scope: string, sinceMs: number) => ReadonlyMap<string, number>;
  readonly #scopes = new Map<string, Scope>();

  /** @param lastWritten when users last wrote in a scope (epoch ms), so that slow mode survives a restart */
  constructor(
    store: Store,
    clock: Clock,
    ticker: Ticker,
    lastWritten: (scope: string, sinceMs: number) => ReadonlyMap<string, number>,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#lastWritten = lastWritten;
    ticker.every("forget idle moderation scopes", SWEEP_MS, () => this.#sweep());
  }

  /** Whether a user may be here at all: the refusal of a banned one, or nothing. */
  banRefusal(scope: string, userId: string): Refusal | undefined {
    return this.#refusal(this.#inForce(scope, "ban", userId));
  }

  /** Whether a user may say something: the refusal of a banned or muted one, or nothing. */
  speechRefusal(scope: string, userId: string): Refusal | undefined {
    return this.banRefusal(scope, userId) ?? this.#refusal(this.#inForce(scope, "mute", userId));
  }

  /** The refusal of a message that comes too soon in slow mode, or nothing. */
  slowModeRefusal(scope: string, userId: string): Refusal | undefined {
    const { slowModeMs, spokeAt } = this.#scope(scope);
    const last = spokeAt.get(userId);
    if (slowModeMs === null || last === undefined) return undefined;
    const waitMs = last + slowModeMs - this.#clock.elapsed();
    if (waitMs <= 0) return undefined;
    return new Refusal("rate_limit_exceeded", "Slow mode is on", { reason: "slow_mode", retryAfterMs: waitMs });
  }

  /** The user has said something: slow mode counts from now. */
  spoke(scope: string, userId: string): void {
    this.#scope(scope).spokeAt.set(userId, this.#clock.elapsed());
  }

  /** The interval of slow mode, null while it is off. */
  slowModeMs(scope: string): number | null {
    return this.#scope(scope).slowModeMs;
  }

  isModerator(scope: string, userId: string): boolean {
    return this.#scope(scope).moderators.has(userId);
  }

  /**
   * Bans or mutes; one that is there already is replaced.
   *
   * @param durationMs null = for good
   */
  async restrict(
    scope: string,
    kind: RestrictionKind,
    userId: string,
    durationMs: number | null,
    act: Act,
  ): Promise<Restriction> {
    const now = this.#clock.now();
    const until = durationMs === null ? null : now + durationMs;
    const restriction: Restriction = {
      userId,
      kind,
      until,
      moderatorId: act.moderatorId,
      reason: act.reason ?? null,
      createdAt: now,
    };
    this.#write(scope, { action: kind, target: userId, until, ...act }, (tx) => {
      const { userId: _, kind: __, ...rest } = restriction;
      tx.insert(restrictions)
        .values({ scope, ...restriction })
        .onConflictDoUpdate({ target: [restrictions.scope, restrictions.userId, restrictions.kind], set: rest })
        .run();
    });
    this.#scope(scope)[kind].set(userId, restriction);
    return restriction;
  }

  /** Ends a ban or a mute. @returns whether there was one in force */
  async lift(scope: string, kind: RestrictionKind, userId: string, act: Act): Promise<boolean> {
    if (!this.#inForce(scope, kind, userId)) return false;
    this.#write(scope, { action: `un${kind}`, target: userId, ...act }, (tx) => {
      tx.delete(restrictions)
        .where(and(eq(restrictions.scope, scope), eq(restrictions.userId, userId), eq(restrictions.kind, kind)))
        .run();
    });
    this.#scope(scope)[kind].delete(userId);
    return true;
  }

  /** @param intervalMs between two messages of a user; null turns it off */
  async setSlowMode(scope: string, intervalMs: number | null, act: Act): Promise<void> {
    const action = intervalMs === null ? "slow_mode_off" : `slow_mode ${intervalMs / 1000}`;
    this.#write(scope, { action, ...act }, (tx) => {
      tx.delete(slowModes).where(eq(slowModes.scope, scope)).run();
      if (intervalMs !== null) tx.insert(slowModes).values({ scope, intervalMs }).run();
    });
    this.#scope(scope).slowModeMs = intervalMs;
  }

  async setModerator(scope: string, userId: string, isModerator: boolean, act: Act): Promise<void> {
    this.#write(
      scope,
      { action: isModerator ? "grant_moderator" : "revoke_moderator", target: userId, ...act },
      (tx) => {
        tx.delete(moderators)
          .where(and(eq(moderators.scope, scope), eq(moderators.userId, userId)))
          .run();
        if (isModerator) tx.insert(moderators).values({ scope, userId }).run();
      },
    );
    const granted = this.#scope(scope).moderators;
    if (isModerator) granted.add(userId);
    else granted.delete(userId);
  }

  /**
   * The account is gone, and moderates nothing any more: whoever is given its id some day begins as anybody else. What
   * was done to it and by it stays, as long as the log does.
   */
  async forget(userId: string): Promise<void> {
    this.#store.db.delete(moderators).where(eq(moderators.userId, userId)).run();
    for (const scope of this.#scopes.values()) scope.moderators.delete(userId);
  }

  /** The log entry of what is done elsewhere, such as a deletion, to be written in the same transaction. */
  entry(scope: string, action: string, target: string, act: Act): (tx: Transaction) => void {
    return (tx) => this.#log(tx, scope, { action, target, ...act });
  }

  /** The bans in force, newest first. */
  async bans(scope: string): Promise<Restriction[]> {
    const bans = [...this.#scope(scope).ban.values()].filter((ban) => this.#isInForce(ban));
    return bans.sort((a, b) => b.createdAt - a.createdAt);
  }

  /** The bans and mutes in force, newest first. */
  restrictions(scope: string): Restriction[] {
    const { ban, mute } = this.#scope(scope);
    const all = [...ban.values(), ...mute.values()].filter((each) => this.#isInForce(each));
    return all.sort((a, b) => b.createdAt - a.createdAt);
  }

  /** What was done in a scope, newest first. */
  async log(scope: string, limit: number): Promise<LogEntry[]> {
    const { moderatorId, action, target, reason, until, createdAt } = moderationLog;
    return this.#store.db
      .select({ moderatorId, action, target, reason, until, createdAt })
      .from(moderationLog)
      .where(eq(moderationLog.scope, scope))
      .orderBy(desc(moderationLog.sequence))
      .limit(limit)
      .all();
  }

  /** Removes what is over: restrictions that ended, and log entries older than `beforeMs`. */
  async prune(beforeMs: number): Promise<void> {
    await pruneRows(this.#store, restrictions, lt(restrictions.until, this.#clock.now()));
    await pruneRows(this.#store, moderationLog, lt(moderationLog.createdAt, beforeMs));
    for (const { ban, mute } of this.#scopes.values()) {
      for (const kind of [ban, mute]) {
        for (const [userId, restriction] of kind) if (!this.#isInForce(restriction)) kind.delete(userId);
      }
    }
  }

  /** Bans and mutes in memory. */
  get remembered(): number {
    let count = 0;
    for (const { ban, mute } of this.#scopes.values()) count += ban.size + mute.size;
    return count;
  }

  #inForce(scope: string, kind: RestrictionKind, userId: string): Restriction | undefined {
    const restriction = this.#scope(scope)[kind].get(userId);
    return restriction && this.#isInForce(restriction) ? restriction : undefined;
  }

  #isInForce({ until }: Restriction): boolean {
    return until === null || this.#clock.now() < until;
  }

  #refusal(restriction: Restriction | undefined): Refusal | undefined {
    if (!restriction) return undefined;
    const { kind, until } = restriction;
    const word = kind === "ban" ? "banned" : "muted";
    return new Refusal("permission_denied", `You are ${word} here`, {
      reason: `user_${word}`,
      facts: { until: until === null ? null : iso(until) },
    });
  }

  #scope(name: string): Scope {
    let scope = this.#scopes.get(name);
    if (!scope) {
      scope = this.#load(name);
      if (this.#scopes.size >= MAX_SCOPES) this.#scopes.delete(this.#scopes.keys().next().value ?? "");
      this.#scopes.set(name, scope);
    }
    scope.usedAt = this.#clock.elapsed();
    return scope;
  }

  #load(name: string): Scope {
    const { db } = this.#store;
    const now = this.#clock.now();
    const rows = db
      .select()
      .from(restrictions)
      .where(and(eq(restrictions.scope, name), or(isNull(restrictions.until), gt(restrictions.until, now))))
      .all();
    const of = (kind: RestrictionKind) =>
      new Map(rows.filter((row) => row.kind === kind).map((row) => [row.userId, row]));
    const granted = db.select().from(moderators).where(eq(moderators.scope, name)).all();
    const slow = db.select().from(slowModes).where(eq(slowModes.scope, name)).get();
    const written = slow ? this.#lastWritten(name, now - MAX_SLOW_MODE_MS) : new Map<string, number>();
    return {
      ban: of("ban"),
      mute: of("mute"),
      moderators: new Set(granted.map((row) => row.userId)),
      slowModeMs: slow?.intervalMs ?? null,
      // What seems to come from the future does when the wall clock was set back.
      spokeAt: new Map([...written].map(([userId, at]) => [userId, this.#clock.elapsed() - Math.max(0, now - at)])),
      usedAt: 0,
    };
  }

  #write(scope: string, entry: Entry, change: (tx: Transaction) => void): void {
    this.#store.db.transaction(
      (tx) => {
        change(tx);
        this.#log(tx, scope, entry);
      },
      { behavior: "immediate" },
    );
  }

  #log(tx: Transaction, scope: string, entry: Entry): void {
    tx.insert(moderationLog)
      .values({ scope, createdAt: this.#clock.now(), ...entry })
      .run();
  }

  #sweep(): void {
    const now = this.#clock.elapsed();
    for (const [name, scope] of this.#scopes) {
      if (scope.usedAt < now - IDLE_MS) this.#scopes.delete(name);
      for (const [userId, at] of scope.spokeAt) if (at < now - MAX_SLOW_MODE_MS) scope.spokeAt.delete(userId);
    }
  }
}
