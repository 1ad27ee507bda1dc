/**
 * Who is there. In: the members as configured, the time, and every sign of life. Out: each member's state, and among whom
 * work is shared. A member is silent when nothing was heard of it for a while, and down once that lasted `takeoverAfterMs`:
 * then, and not before, the others take over what was its. One that comes back has its share again at once. No clock of its
 * own: tests pass theirs.
 */
import { Rendezvous } from "../../lib/base/rendezvous.ts";
import type { ClusterConfig } from "../config/config.ts";
import type { Clock } from "../telemetry/clock.ts";

export type MemberState = "self" | "up" | "silent" | "down";

export interface MemberView {
  readonly name: string;
  readonly url: string;
  readonly state: MemberState;
  /** Since the last sign of life, ms; null when there was none since this member started. */
  readonly heardMsAgo: number | null;
}

/** Members ask each other every 2 s. */
export const SILENT_MS = 6_000;

export class Members {
  readonly self: string;
  readonly control: string;
  private readonly config: ClusterConfig;
  private readonly clock: Clock;
  private readonly heardMs = new Map<string, number>();
  private readonly startedMs: number;
  private sharing: Rendezvous;
  private sharers: string;
  private readonly everybody: Rendezvous;
  private readonly listeners: (() => void)[] = [];

  constructor(config: ClusterConfig, clock: Clock) {
    this.config = config;
    this.clock = clock;
    this.self = config.self;
    this.control = config.control;
    this.startedMs = clock.nowMs();
    const names = config.members.map(({ name }) => name);
    this.everybody = new Rendezvous(names);
    this.sharing = this.everybody;
    this.sharers = names.join("\n");
  }

  /** Whether this member acts on meshes. */
  get isControl(): boolean {
    return this.self === this.control;
  }

  get others(): readonly { readonly name: string; readonly url: string }[] {
    return this.config.members.filter(({ name }) => name !== this.self);
  }

  isOther(name: string): boolean {
    return this.others.some((member) => member.name === name);
  }

  /** A sign of life. Listeners of a change have run when this returns. */
  heard(name: string): void {
    if (!this.isOther(name)) return;
    this.heardMs.set(name, this.clock.nowMs());
    this.tick();
  }

  stateOf(name: string): MemberState {
    if (name === this.self) return "self";
    const sinceMs = this.clock.nowMs() - (this.heardMs.get(name) ?? this.startedMs);
    if (sinceMs >= this.config.takeoverAfterMs) return "down";
    return this.heardMs.has(name) && sinceMs < SILENT_MS ? "up" : "silent";
  }

  list(): MemberView[] {
    const nowMs = this.clock.nowMs();
    return this.config.members.map(({ name, url }) => {
      const heardMs = this.heardMs.get(name);
      return { name, url, state: this.stateOf(name), heardMsAgo: heardMs === undefined ? null : nowMs - heardMs };
    });
  }

  /** Whose it is while all are there. */
  homeOf(key: string): string {
    return this.everybody.ownerOf(key) ?? this.self;
  }

  /** Whose it is now: its home's, or while that is down the next one's that is not. */
  ownerOf(key: string): string {
    return this.sharing.ownerOf(key) ?? this.self;
  }

  /** Called whenever work is shared among others than before. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Time passes. */
  tick(): void {
    const names = this.config.members.map(({ name }) => name).filter((name) => this.stateOf(name) !== "down");
    const sharers = names.join("\n");
    if (sharers === this.sharers) return;
    this.sharers = sharers;
    this.sharing = new Rendezvous(names);
    for (const listener of this.listeners) listener();
  }
}
