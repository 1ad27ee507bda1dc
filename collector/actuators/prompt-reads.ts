/**
 * Reads for a page that somebody waits for: what is not there in time is an error of its own (`slow`), and the read goes on.
 * What it brings afterwards answers the next one who asks for the same, so that an API that takes seconds is seen seconds
 * late, and one that takes no answer is asked once at a time, however often the page is. What is written never goes through here.
 */
import { err, type Result } from "../../lib/base/result.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { ControlPlane, ControlPlanes } from "./control-planes.ts";
import type { OwnerApi, ReadFailure, TrafficApi } from "./traffic-api.ts";

/** How long a page waits for a control plane. */
export const PROMPT_MS = 1_500;
/** What came late is of no use to whoever asks later than this. */
const LATE_USE_MS = 10_000;

/** Of an API that has no such question: who reads it takes it as one that cannot be answered. */
const NOT_ASKED = err({ code: "unreadable" as const, message: "this API cannot be asked that" });

type Answer<T> = Result<T, ReadFailure>;

/** One for all reads of a request: they end together. */
class Deadline {
  readonly limitMs: number;
  private readonly over: Promise<undefined>;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(limitMs: number) {
    this.limitMs = limitMs;
    this.over = new Promise((resolve) => {
      this.timer = setTimeout(() => resolve(undefined), limitMs);
    });
  }

  within<T>(work: Promise<T>): Promise<T | undefined> {
    return Promise.race([work, this.over]);
  }

  end(): void {
    clearTimeout(this.timer);
  }
}

interface Late<T> {
  readonly answer: Promise<Answer<T>>;
  cameMs: number | null;
}

/** Reads of one kind, by what is read. */
class Prompt<T> {
  private readonly late = new Map<string, Late<T>>();
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  async read(key: string, deadline: Deadline, ask: () => Promise<Answer<T>>): Promise<Answer<T>> {
    const before = this.usable(key);
    const asked = before?.answer ?? ask();
    const answer = await deadline.within(asked);
    if (answer !== undefined) {
      this.late.delete(key);
      return answer;
    }
    if (before === undefined) this.keep(key, asked);
    return err({ code: "slow", message: `no answer within ${deadline.limitMs / 1_000} s yet` });
  }

  private usable(key: string): Late<T> | undefined {
    const late = this.late.get(key);
    if (late === undefined || late.cameMs === null || this.clock.nowMs() - late.cameMs < LATE_USE_MS) return late;
    this.late.delete(key);
    return undefined;
  }

  private keep(key: string, answer: Promise<Answer<T>>): void {
    const late: Late<T> = { answer, cameMs: null };
    this.late.set(key, late);
    const came = (): void => {
      late.cameMs = this.clock.nowMs();
    };
    // Failures are values; whatever else happens is thrown at whoever asks next.
    void answer.then(came, came);
  }
}

type Read<K extends "read" | "owners" | "backends" | "hazards" | "mayWrite"> =
  Awaited<ReturnType<NonNullable<TrafficApi[K]>>> extends Result<infer T, ReadFailure> ? T : never;
type OwnersRead<K extends "list" | "read"> =
  Awaited<ReturnType<OwnerApi[K]>> extends Result<infer T, ReadFailure> ? T : never;

/** One control plane's reads that may be under way. */
class PromptPlane {
  private readonly plane: ControlPlane;
  private readonly splits: Prompt<Read<"read">>;
  private readonly ownerships: Prompt<Read<"owners">>;
  private readonly backends: Prompt<Read<"backends">>;
  private readonly hazards: Prompt<Read<"hazards">>;
  private readonly rights: Prompt<Read<"mayWrite">>;
  private readonly lists: Prompt<OwnersRead<"list">>;
  private readonly objects: Prompt<OwnersRead<"read">>;

  constructor(plane: ControlPlane, clock: Clock) {
    this.plane = plane;
    this.splits = new Prompt(clock);
    this.ownerships = new Prompt(clock);
    this.backends = new Prompt(clock);
    this.hazards = new Prompt(clock);
    this.rights = new Prompt(clock);
    this.lists = new Prompt(clock);
    this.objects = new Prompt(clock);
  }

  until(deadline: Deadline): ControlPlane {
    const { name, mesh, owners } = this.plane;
    const traffic = this.traffic(deadline);
    return { name, mesh, traffic, ...(owners === undefined ? {} : { owners: this.owners(owners, deadline) }) };
  }

  private traffic(deadline: Deadline): TrafficApi {
    const { traffic } = this.plane;
    const keyOf = ({ driver, namespace, name }: Parameters<TrafficApi["read"]>[0]) => `${driver}/${namespace}/${name}`;
    return {
      list: () => traffic.list(),
      read: (target) => this.splits.read(keyOf(target), deadline, () => traffic.read(target)),
      owners: (state) => this.ownerships.read(keyOf(state.target), deadline, () => traffic.owners(state)),
      backends: (state, route) =>
        this.backends.read(`${keyOf(state.target)}/${route}`, deadline, () => traffic.backends(state, route)),
      hazards: (state, route) =>
        this.hazards.read(
          `${keyOf(state.target)}/${route}`,
          deadline,
          async () => (await traffic.hazards?.(state, route)) ?? NOT_ASKED,
        ),
      mayWrite: (target) =>
        this.rights.read(keyOf(target), deadline, async () => (await traffic.mayWrite?.(target)) ?? NOT_ASKED),
      dryRun: (plan) => traffic.dryRun(plan),
      apply: (plan, intentId) => traffic.apply(plan, intentId),
      breakGlass: (plan) => traffic.breakGlass(plan),
      close: () => traffic.close(),
    };
  }

  private owners(owners: OwnerApi, deadline: Deadline): OwnerApi {
    const { kubectl } = owners;
    return {
      list: (kind) => this.lists.read(kind, deadline, () => owners.list(kind)),
      read: (kind, namespace, name) =>
        this.objects.read(`${kind}/${namespace}/${name}`, deadline, () => owners.read(kind, namespace, name)),
      patch: (kind, name, subresource, body) => owners.patch(kind, name, subresource, body),
      ...(kubectl === undefined ? {} : { kubectl }),
    };
  }
}

export class PromptPlanes {
  private readonly planes: ControlPlanes;
  private readonly limitMs: number;
  private readonly all: readonly PromptPlane[];

  constructor(planes: ControlPlanes, clock: Clock, limitMs = PROMPT_MS) {
    this.planes = planes;
    this.limitMs = limitMs;
    this.all = planes.all.map((plane) => new PromptPlane(plane, clock));
  }

  /** `work` over control planes whose reads end with the limit, all together. */
  async within<T>(work: (planes: ControlPlanes) => Promise<T>): Promise<T> {
    const deadline = new Deadline(this.limitMs);
    try {
      return await work({
        all: this.all.map((plane) => plane.until(deadline)),
        close: () => this.planes.close(),
      });
    } finally {
      deadline.end();
    }
  }
}
