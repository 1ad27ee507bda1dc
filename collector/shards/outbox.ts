/**
 * What a receiving process has to tell main, gathered for one turn of the event loop. In: acknowledged bodies with what
 * their spans say, calls to sources, claims. Out: one message of news and one of claims a turn. What was told and is not
 * folded yet is bounded in bytes of bodies: `isFull` says to take no more.
 */
import type { SideBatch } from "../../lib/rollup/side-batch.ts";
import { encodeSides } from "../pipeline/side-codec.ts";
import type { AcceptedBatch, FromShard, TallyCall } from "./messages.ts";

/** Main folds some 100 MB of bodies a second: what waits is folded within half a second. */
const MAX_UNFOLDED_BYTES = 48 * 1024 * 1024;
/** Main gives other work a turn between messages. */
const SIDES_PER_MESSAGE = 2_000;

export class Outbox {
  private batches: AcceptedBatch[] = [];
  private sides: SideBatch[] = [];
  private sideCount = 0;
  private tallies: TallyCall[] = [];
  private unclaimed: string[] = [];
  private claims: [number, string][] = [];
  private readonly asked = new Map<number, (isNew: boolean) => void>();
  private nextClaim = 0;
  private unfolded = 0;
  private due = false;
  private readonly send: (message: FromShard) => void;
  private readonly limit: number;

  constructor(send: (message: FromShard) => void, limit = MAX_UNFOLDED_BYTES) {
    this.send = send;
    this.limit = limit;
  }

  get isFull(): boolean {
    return this.unfolded >= this.limit;
  }

  accepted(batch: Omit<AcceptedBatch, "sides">, sides: SideBatch): void {
    this.batches.push({ ...batch, sides: sides.size });
    this.sides.push(sides);
    this.sideCount += sides.size;
    this.unfolded += batch.bytes;
    if (this.sideCount >= SIDES_PER_MESSAGE) this.flushNews();
    else this.later();
  }

  tell(call: TallyCall): void {
    this.tallies.push(call);
    this.later();
  }

  /** Whether the body is new; once main has answered. */
  claim(key: string): Promise<boolean> {
    const number = this.nextClaim++;
    this.claims.push([number, key]);
    this.later();
    return new Promise((resolve) => this.asked.set(number, resolve));
  }

  unclaim(key: string): void {
    this.unclaimed.push(key);
    this.later();
  }

  claimed(verdicts: readonly (readonly [number, boolean])[]): void {
    for (const [number, isNew] of verdicts) {
      this.asked.get(number)?.(isNew);
      this.asked.delete(number);
    }
  }

  /** Main has folded bodies of so many bytes. */
  applied(bytes: number): void {
    this.unfolded -= bytes;
  }

  private later(): void {
    if (this.due) return;
    this.due = true;
    setImmediate(() => this.flush());
  }

  flush(): void {
    this.due = false;
    const { claims } = this;
    this.claims = [];
    if (claims.length > 0) this.send({ type: "claim", claims });
    this.flushNews();
  }

  private flushNews(): void {
    const { batches, sides, tallies, unclaimed } = this;
    if (batches.length + tallies.length + unclaimed.length === 0) return;
    this.batches = [];
    this.sides = [];
    this.sideCount = 0;
    this.tallies = [];
    this.unclaimed = [];
    this.send({ type: "news", batches, sides: encodeSides(sides), tallies, unclaimed });
  }
}
