/**
 * Clicks on controllers that may not answer. In: what carries a click out; out: its result in time, or what is awaited. Until
 * something was sent a click that took too long is dropped, for what was wanted then may be wrong later. What was sent goes on:
 * the same click again gets its result, and whoever keeps the audit is told in the end.
 */
import { err, type Result } from "../../lib/base/result.ts";
import type { Act } from "../../lib/control/rollout/events.ts";
import type { Accepted, ActRefusal } from "./rollout-source.ts";

/** From the click on; a page's own reads came before. */
export const CLICK_MS = 3_000;

export type ActResult = Result<Accepted, ActRefusal> | undefined;

/** Asked by what carries a click out, right before it sends. */
export class Click {
  private stage: "asking" | "sent" | "dropped" = "asking";

  /** False: whoever clicked was told that nothing is done. */
  send(): boolean {
    if (this.stage === "asking") this.stage = "sent";
    return this.stage === "sent";
  }

  /** False where it was sent. */
  drop(): boolean {
    if (this.stage === "asking") this.stage = "dropped";
    return this.stage === "dropped";
  }
}

interface UnderWay {
  readonly click: Click;
  readonly result: Promise<ActResult>;
}

export class Clicks {
  private readonly limitMs: number;
  private readonly underWay = new Map<string, UnderWay>();

  constructor(limitMs = CLICK_MS) {
    this.limitMs = limitMs;
  }

  /** `work` is begun once for an intent, however often it is asked meanwhile. Errors of its own: `slow`, `awaited`. */
  async take(cluster: string, { intentId }: Act, work: (click: Click) => Promise<ActResult>): Promise<ActResult> {
    const { click, result } = this.underWay.get(intentId) ?? this.begin(intentId, work);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limit = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), this.limitMs);
    });
    const first = await Promise.race([result, limit]);
    clearTimeout(timer);
    if (first !== "late") return first;
    const time = `${this.limitMs / 1_000} s`;
    if (click.drop()) {
      this.underWay.delete(intentId);
      const message = `${cluster}: no answer within ${time}: nothing was done, and nothing will be`;
      return err({ kind: "unavailable", code: "slow", message });
    }
    const message = `${cluster}: it was sent, and no answer came within ${time}: it is awaited, and the same click again says what came of it`;
    return err({ kind: "unavailable", code: "awaited", message, later: result });
  }

  private begin(intentId: string, work: (click: Click) => Promise<ActResult>): UnderWay {
    const click = new Click();
    const made = { click, result: work(click) };
    this.underWay.set(intentId, made);
    const over = (): void => {
      if (this.underWay.get(intentId) === made) this.underWay.delete(intentId);
    };
    void made.result.then(over, over);
    return made;
  }
}
