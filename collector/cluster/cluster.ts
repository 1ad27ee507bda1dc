/**
 * One collector among others that share a store. In: the members, this one's live table and write path. Out: whose is what,
 * spans where they are paired, and in the live table what the others counted lately, as they tell it every 5 s. Members
 * speak by HTTP below `/internal/v1` of their APIs; every 2 s each asks every other whether it is there.
 */

import { OthersSlots, ownCoverage, ownSlots } from "../../lib/rollup/others-slots.ts";
import { type SavedCoverage, saveCoverage } from "../../lib/rollup/slot-restore.ts";
import type { SlotTable } from "../../lib/rollup/slot-table.ts";
import { decodeSlots, encodeSlots } from "../store/clickhouse/slots-text.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { Log } from "../telemetry/log.ts";
import type { Members, MemberView } from "./members.ts";
import type { PeerClient } from "./peer-client.ts";
import type { Received, SideExchange } from "./side-exchange.ts";

export interface ClusterParts {
  readonly members: Members;
  readonly exchange: SideExchange;
  readonly client: PeerClient;
  readonly slots: SlotTable;
  readonly clock: Clock;
  readonly log: Log;
}

export interface MemberPart extends MemberView {
  /** Of what this member shows of it, ms; null: nothing yet, or itself. */
  readonly partAgeMs: number | null;
}

const HELLO_MS = 2_000;
const PULL_MS = 5_000;
/** Most increases fall into the last slots; all of them are asked for every so many pulls. */
const RECENT_MS = 60_000;
const WHOLE_EVERY = 6;

interface WrittenPart {
  readonly slots: string;
  readonly coverage: SavedCoverage;
}

const parsePart = (text: string): WrittenPart => JSON.parse(text);
const parseHello = (text: string): { readonly lagMs?: unknown } => JSON.parse(text);

export class Cluster {
  readonly members: Members;
  private readonly parts: ClusterParts;
  /** Up to when a member had handed over all that it had for this one. */
  private readonly caughtUpMs = new Map<string, number>();
  private readonly partMs = new Map<string, number>();
  private readonly shown = new Map<string, OthersSlots>();
  private readonly timers: NodeJS.Timeout[] = [];
  private pulls = 0;
  private pulling = false;
  private greeting: Promise<unknown> = Promise.resolve();

  constructor(parts: ClusterParts) {
    this.parts = parts;
    this.members = parts.members;
  }

  /** Resolves once every other member answered or was found away: those that answered have given this one's share back. */
  async start(): Promise<void> {
    await this.greet();
    this.timers.push(
      setInterval(() => {
        this.members.tick();
        this.greeting = this.greet();
      }, HELLO_MS),
      setInterval(() => void this.pull(), PULL_MS),
    );
    void this.pull();
  }

  private async greet(): Promise<void> {
    await Promise.all(this.members.others.map(({ name, url }) => this.greetOne(name, url)));
  }

  private async greetOne(name: string, url: string): Promise<void> {
    const hello = Buffer.from(JSON.stringify({ lagMs: this.parts.exchange.lagOf(name) }));
    const answer = await this.parts.client.ask(url, "/hello", hello);
    if (answer?.status === 200) this.hear(name, answer.body);
  }

  /** A greeting, or the answer to one. Errors: none; one that makes no sense is a sign of life all the same. */
  private hear(name: string, body: Uint8Array): void {
    const lagMs = this.lagIn(body);
    if (lagMs !== undefined) this.caughtUpMs.set(name, this.parts.clock.nowMs() - lagMs);
    this.members.heard(name);
  }

  private lagIn(body: Uint8Array): number | undefined {
    try {
      const { lagMs } = parseHello(Buffer.from(body).toString("utf8"));
      return typeof lagMs === "number" ? lagMs : undefined;
    } catch {
      return undefined;
    }
  }

  /** Another member's greeting. Whatever this one had of it is given back when this returns. */
  greeted(name: string, body: Uint8Array): { readonly lagMs: number } {
    this.hear(name, body);
    return { lagMs: this.parts.exchange.lagOf(name) };
  }

  /** Spans that another member hands over. */
  take(name: string, frame: Uint8Array): Promise<Received> {
    this.members.heard(name);
    return this.parts.exchange.take(frame);
  }

  /** This member's part of the live table. */
  part(fromMs: number): string {
    const { slots } = this.parts;
    const written: WrittenPart = {
      slots: encodeSlots(ownSlots(slots, fromMs)),
      coverage: ownCoverage(saveCoverage(slots)),
    };
    return JSON.stringify(written);
  }

  private async pull(): Promise<void> {
    if (this.pulling) return;
    this.pulling = true;
    const isWhole = this.pulls++ % WHOLE_EVERY === 0;
    try {
      for (const { name, url } of this.members.others) {
        if (this.members.stateOf(name) === "up") await this.pullOne(name, url, isWhole || !this.partMs.has(name));
      }
    } finally {
      this.pulling = false;
    }
  }

  private async pullOne(name: string, url: string, isWhole: boolean): Promise<void> {
    const { client, slots, clock, log } = this.parts;
    const askedMs = clock.nowMs();
    const answer = await client.ask(url, `/live?from=${isWhole ? 0 : askedMs - RECENT_MS}`);
    if (answer?.status !== 200) return;
    try {
      const { slots: text, coverage } = parsePart(answer.body.toString("utf8"));
      const shown = this.shown.get(name) ?? new OthersSlots(slots, name);
      this.shown.set(name, shown);
      shown.apply(decodeSlots(text), coverage, isWhole ? askedMs : undefined);
      this.partMs.set(name, askedMs);
    } catch (error) {
      log.warn("member_part_unreadable", { member: name, error: String(error) });
    }
  }

  /**
   * Up to when every member that is not down had handed over what it received: a span does not wait in vain for one that
   * is on its way. One that was not heard of yet may have any, until it is down.
   */
  heldUpMs(): number {
    const there = this.members.others.filter(({ name }) => this.members.stateOf(name) !== "down");
    const known = there.map(({ name }) => this.caughtUpMs.get(name) ?? Number.NEGATIVE_INFINITY);
    return Math.min(Number.POSITIVE_INFINITY, ...known);
  }

  list(): MemberPart[] {
    const nowMs = this.parts.clock.nowMs();
    return this.members.list().map((member) => {
      const partMs = this.partMs.get(member.name);
      return { ...member, partAgeMs: partMs === undefined ? null : nowMs - partMs };
    });
  }

  async stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await this.greeting;
    await this.parts.exchange.stop();
    this.parts.client.close();
  }
}
