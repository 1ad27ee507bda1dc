/** Groups whose targets are all gone: when they were last read, for windows of the past. In: groups as their last target goes. */
import type { TargetCoverage } from "./coverage.ts";

/** How long they are remembered, and how many. */
const KEPT_MS = 72 * 3_600_000;
const MAX_GROUPS = 20_000;

export class DepartedGroups {
  /** Oldest first. */
  private readonly groups = new Map<string, { readonly lastMs: number; readonly intervalMs: number }>();

  get size(): number {
    return this.groups.size;
  }

  add(group: string, { lastMs, intervalMs }: TargetCoverage): void {
    this.groups.delete(group);
    if (lastMs !== null) this.groups.set(group, { lastMs, intervalMs });
  }

  forget(horizonMs: number): void {
    for (const [group, { lastMs }] of this.groups) {
      if (lastMs >= horizonMs - KEPT_MS && this.groups.size <= MAX_GROUPS) break;
      this.groups.delete(group);
    }
  }

  /** Unix ms; null for a group that is not remembered. */
  lastMs(group: string): number | null {
    return this.groups.get(group)?.lastMs ?? null;
  }

  /** 0 for a group that is not remembered. */
  intervalMs(group: string): number {
    return this.groups.get(group)?.intervalMs ?? 0;
  }
}
