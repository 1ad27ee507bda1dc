/**
 * All rollouts of our own: opened from their journals, started, listed, acted on. In: a folder, the control planes, the
 * counters. Out: a source of rollouts. Starting one reads its routes first: a route that somebody else writes, or that has
 * not the two backends it names, is refused before anything is kept.
 */
import { readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { err, ok, type Result } from "../../lib/base/result.ts";
import type { VerdictState } from "../../lib/control/judge/verdict.ts";
import { historyOf } from "../../lib/control/present/history.ts";
import { ownSteps, ownSummary, verdictAnswer } from "../../lib/control/present/own-rollout.ts";
import { checkDefinition, type Definition, type RouteRef } from "../../lib/control/rollout/definition.ts";
import type { Act, RolloutEvent } from "../../lib/control/rollout/events.ts";
import { canaryBp } from "../../lib/control/rollout/planned.ts";
import { type RolloutState, replay } from "../../lib/control/rollout/state.ts";
import type { TargetRef } from "../../lib/control/traffic/contract.ts";
import type { RolloutPreviewAnswer } from "../../lib/query/schema/rollout-preview.ts";
import type { RolloutDetail, RolloutSummary } from "../../lib/query/schema/rollouts.ts";
import { type ControlPlanes, planeOf } from "../actuators/control-planes.ts";
import { PromptPlanes } from "../actuators/prompt-reads.ts";
import { Journal, type JournalFault, type Owing } from "./journal.ts";
import type { Logged } from "./marks.ts";
import { firstSilent, heldBack, leadsOn, seenMsOf, takeRefused, unreachableOf } from "./own-reach.ts";
import { OwnRollout } from "./own-rollout.ts";
import { type RolloutFigures, routeAnswers, withBand } from "./rollout-figures.ts";
import type { Accepted, ActRefusal, RolloutSource } from "./rollout-source.ts";
import type { RunnerWorld } from "./rollout-world.ts";
import { checkRoute, previewOf, seeRoute } from "./route-checks.ts";
import { RouteWatch } from "./route-watch.ts";

export interface OwnRolloutsOptions {
  readonly folder: string;
  readonly planes: ControlPlanes;
  readonly world: Omit<RunnerWorld, "append" | "api">;
  readonly figures: RolloutFigures;
  /** How long a page waits, ms. */
  readonly promptMs?: number;
  /** Once all journals are read, before any of them goes on. */
  readonly recovered?: (own: OwnRollouts) => Promise<void>;
}

/** Words of the API's own paths, and of the pages'. */
const TAKEN: ReadonlySet<string> = new Set(["preview", "definitions", "new"]);

const ID = /^[a-z0-9](?:[a-z0-9-]{0,80}[a-z0-9])?$/;

function isEvent(value: unknown): value is RolloutEvent {
  return typeof value === "object" && value !== null && "type" in value && "atMs" in value;
}

export class OwnRollouts implements RolloutSource {
  private readonly options: OwnRolloutsOptions;
  private readonly rollouts = new Map<string, OwnRollout>();
  /** Ids whose routes are being read: of two at once the first is started. */
  private readonly starting = new Set<string>();
  private readonly prompt: PromptPlanes;
  private readonly watch: RouteWatch;

  private constructor(options: OwnRolloutsOptions) {
    this.options = options;
    this.prompt = new PromptPlanes(options.planes, options.world.clock, options.promptMs);
    this.watch = new RouteWatch(options.planes, (target) => this.changed(target), options.world.log);
  }

  /** Errors: `journal_unreadable`, with the file. */
  static async open(options: OwnRolloutsOptions): Promise<Result<OwnRollouts, JournalFault>> {
    const own = new OwnRollouts(options);
    const names = await readdir(options.folder).catch(() => []);
    for (const name of names.filter((file) => file.endsWith(".jsonl")).sort()) {
      const path = join(options.folder, name);
      const journal = await Journal.open(path);
      if (!journal.ok) return journal;
      if (journal.value.entries.length === 0) {
        // The process died before its start was written: there is no rollout, and the name is free.
        await journal.value.journal.close();
        await unlink(path);
        continue;
      }
      const events = journal.value.entries.filter(isEvent);
      if (events.length !== journal.value.entries.length || !own.take(events, journal.value.journal)) {
        return err({ code: "journal_unreadable", message: `${path} holds no rollout` });
      }
    }
    await options.recovered?.(own);
    for (const rollout of own.rollouts.values()) own.start(rollout);
    return ok(own);
  }

  private start(rollout: OwnRollout): void {
    rollout.start();
    const { phase, definition } = rollout.state;
    if (phase === "promoted" || phase === "rolledBack") return;
    for (const { target } of definition.routes) this.watch.watch(target);
  }

  /** An object of a mesh: every rollout that has a route there looks at it. */
  private changed({ driver, cluster, namespace, name }: TargetRef): void {
    const isIt = ({ target }: RouteRef) =>
      target.driver === driver && target.cluster === cluster && target.namespace === namespace && target.name === name;
    for (const rollout of this.rollouts.values()) if (rollout.state.definition.routes.some(isIt)) rollout.nudge();
  }

  /** Their logs, which may owe something to a disk. */
  get owing(): readonly Owing[] {
    return [...this.rollouts.values()].map(({ log }) => log);
  }

  /** The log of a rollout; undefined for one that is not known. */
  eventsOf(id: string): readonly RolloutEvent[] | undefined {
    return this.rollouts.get(id)?.events;
  }

  private take(events: readonly RolloutEvent[], journal: Journal): boolean {
    const state = replay(events);
    if (state === null) return false;
    const api = (route: RouteRef) => planeOf(this.options.planes, route.target)?.traffic;
    const rollout = new OwnRollout(state, events, journal, {
      ...{ ...this.options.world, api },
      phaseOf: (id) => this.phaseOf(id),
      meshOf: ({ target }) => planeOf(this.options.planes, target)?.mesh ?? "",
    });
    this.rollouts.set(state.definition.id, rollout);
    return true;
  }

  /** Where a rollout would act, one place a route. */
  placesOf({ routes }: Definition) {
    return routes.map(({ target }) => {
      const mesh = planeOf(this.options.planes, target)?.mesh;
      return { ...(mesh === undefined ? {} : { mesh }), cluster: target.cluster, namespace: target.namespace };
    });
  }

  /** What is wrong with a definition, before any route is looked at. */
  private faultOf(definition: Definition): { readonly code: string; readonly message: string } | undefined {
    const checked = checkDefinition(definition);
    if (!checked.ok) return { code: checked.error.code, message: `${checked.error.field}: ${checked.error.message}` };
    if (!ID.test(definition.id) || TAKEN.has(definition.id))
      return { code: "bad_id", message: `${definition.id}: lower-case letters, digits and - in between` };
    if (this.rollouts.has(definition.id) || this.starting.has(definition.id))
      return { code: "exists", message: `there is a rollout ${definition.id} already` };
    const unknown = definition.after?.find((id) => !this.rollouts.has(id));
    if (unknown !== undefined)
      return { code: "dependency_unknown", message: `after: there is no rollout ${unknown}: start it first` };
    const over = definition.after?.find((id) => this.phaseOf(id) === "rolledBack");
    if (over === undefined) return undefined;
    return { code: "dependency_rolled_back", message: `after: ${over} was rolled back and will not be promoted` };
  }

  phaseOf(id: string): RolloutState["phase"] | undefined {
    return this.rollouts.get(id)?.state.phase;
  }

  has(id: string): boolean {
    return this.rollouts.has(id);
  }

  /** Starts a rollout. Errors: what is wrong with the definition or a route; `exists` for one of this id. */
  async create(definition: Definition): Promise<Result<RolloutSummary, ActRefusal>> {
    const fault = this.faultOf(definition);
    if (fault !== undefined) return err({ kind: "refused", ...fault });
    this.starting.add(definition.id);
    try {
      return await this.checkAndBegin(definition);
    } finally {
      this.starting.delete(definition.id);
    }
  }

  /** What it would write, and all that speaks against it; nothing is kept. */
  async preview(definition: Definition): Promise<RolloutPreviewAnswer> {
    const fault = this.faultOf(definition);
    const isOdd = !checkDefinition(definition).ok;
    const known = fault === undefined ? [] : [{ ...fault, severity: "refuses" as const }];
    return previewOf(isOdd ? { ...definition, steps: [] } : definition, this.options.planes, known);
  }

  private async checkAndBegin(definition: Definition): Promise<Result<RolloutSummary, ActRefusal>> {
    const sharesBp: Record<string, number> = {};
    for (const route of definition.routes) {
      const seen = await seeRoute(route, this.options.planes);
      if (!seen.ok) return seen;
      const mesh = planeOf(this.options.planes, route.target)?.mesh ?? "";
      const { findings } = checkRoute(definition, route, seen.value, mesh);
      const problem = findings.find(({ severity }) => severity === "refuses");
      if (problem !== undefined) return err({ kind: "refused", code: problem.code, message: problem.message });
      sharesBp[route.id] = canaryBp(seen.value.documents.split, route) ?? 0;
    }
    return this.begin(definition, sharesBp);
  }

  private async begin(definition: Definition, sharesBp: Readonly<Record<string, number>>) {
    const journal = await Journal.open(join(this.options.folder, `${definition.id}.jsonl`));
    if (!journal.ok) return err({ kind: "unavailable" as const, ...journal.error });
    const event: RolloutEvent = { type: "started", atMs: this.options.world.clock.nowMs(), definition, sharesBp };
    try {
      await journal.value.journal.append(event);
    } catch (error) {
      await journal.value.journal.close();
      return err({ kind: "unavailable" as const, code: "not_durable", message: String(error) });
    }
    this.take([event], journal.value.journal);
    const rollout = this.rollouts.get(definition.id);
    if (rollout === undefined) throw new Error(`rollout ${definition.id} was not kept`);
    this.start(rollout);
    return ok(this.summary(rollout));
  }

  private summary(rollout: OwnRollout): RolloutSummary {
    const { state, revision } = rollout;
    const [first] = state.definition.routes;
    const target = first?.target;
    const plane = target === undefined ? undefined : planeOf(this.options.planes, target);
    const place = {
      mesh: plane?.mesh ?? "envoy",
      cluster: target?.cluster ?? "",
      namespace: target?.namespace ?? "",
      service: state.definition.service,
      revision,
    };
    const summary = ownSummary(state, place, this.options.world.clock.nowMs());
    return heldBack(summary, unreachableOf(rollout.runner), seenMsOf(rollout.runner));
  }

  states(): readonly RolloutState[] {
    return [...this.rollouts.values()].map(({ state }) => state);
  }

  /** Logs of all, for marks on a time axis. */
  logs(): readonly Logged[] {
    return [...this.rollouts.values()].map(({ state, events }) => {
      const target = state.definition.routes[0]?.target;
      const plane = target === undefined ? undefined : planeOf(this.options.planes, target);
      return { state, events, mesh: plane?.mesh ?? null };
    });
  }

  /** What was said of a rollout while it ran. */
  verdictsOf(id: string): { atMs: number; state: VerdictState }[] {
    const events = this.rollouts.get(id)?.events ?? [];
    return events.flatMap((event) => (event.type === "judged" ? [{ atMs: event.atMs, state: event.verdict }] : []));
  }

  async list() {
    const all = [...this.rollouts.values()];
    const silent = all.flatMap(({ runner }) => unreachableOf(runner));
    const unreachable = [...new Map(silent.map((one) => [one.target, one] as const)).values()];
    return { rollouts: all.map((rollout) => this.summary(rollout)), unreachable };
  }

  async detail(id: string): Promise<RolloutDetail | undefined> {
    const rollout = this.rollouts.get(id);
    if (rollout === undefined) return undefined;
    const { state, events, runner } = rollout;
    const figures = await this.options.figures.of({ routes: state.definition.routes, sinceMs: state.startedMs });
    const { clock } = this.options.world;
    const routes = await this.prompt.within((planes) => routeAnswers(runner, planes, clock.nowMs()));
    return {
      ...this.summary(rollout),
      steps: ownSteps(state),
      ...verdictAnswer(runner.verdict, figures.requestsPerSec),
      ...routes,
      pods: figures.pods,
      series: figures.series,
      ...(figures.splits === undefined ? {} : { splits: figures.splits }),
      latency: withBand(figures.latency),
      history: historyOf(events, state.definition),
    };
  }

  async act(
    id: string,
    act: Act,
    expectedRevision: string,
    isExact = false,
  ): Promise<Result<Accepted, ActRefusal> | undefined> {
    const rollout = this.rollouts.get(id);
    if (rollout === undefined) return undefined;
    const isNew = leadsOn(act.action) && !rollout.state.acts.has(act.intentId);
    const silent = isNew ? await this.prompt.within((planes) => firstSilent(rollout.state, planes)) : undefined;
    if (silent !== undefined) {
      const { code, message, target } = silent;
      return err({ kind: "unavailable", code, message: `${target}: ${message}`, current: this.summary(rollout) });
    }
    const taken = await rollout.take(act, expectedRevision, isExact);
    return taken.ok ? taken : err(takeRefused(taken.error, rollout, expectedRevision, this.summary(rollout)));
  }

  async close(): Promise<void> {
    await Promise.all([this.watch.stop(), ...[...this.rollouts.values()].map((rollout) => rollout.stop())]);
  }
}
