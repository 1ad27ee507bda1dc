/**
 * `/graph/history`: nodes and edges of a view that came and went in a window. In: a snapshot of the window, the members of
 * the view, and the stored rollups of the quiet time before it; out: changes with the step in which each was seen. An edge
 * is seen where any proxy that tells of it counted something; a node where any of its edges is.
 */
import type { RollupRow } from "../../model/rollup-row.ts";
import type { IndexedEdge } from "../edge-index.ts";
import { joinedOrigin } from "../edge-joined.ts";
import { endMatches } from "../graph-select.ts";
import type { History, HistoryEntry, HistoryKind, HistoryParameters } from "../schema/history.ts";
import type { Snapshot } from "../snapshot.ts";
import { type Breathe, type StepSpan, spansOf } from "../step-reading.ts";
import type { ViewEdge, ViewNode } from "../view-graph.ts";
import { type SeenSteps, seenSteps } from "./history-steps.ts";
import { addSeen, type Ground, type Presence, presenceChanges } from "./presence.ts";

export interface HistoryMembers {
  readonly nodes: readonly ViewNode[];
  readonly edges: readonly ViewEdge[];
}

interface Timed {
  readonly spans: readonly StepSpan[];
  readonly stepMs: number;
  readonly quiet: number;
}

/** The window's steps, after as many as the quiet time takes. */
function timed(snapshot: Snapshot, { points, quietMs }: HistoryParameters): Timed {
  const own = spansOf(snapshot, points);
  const { start } = snapshot.window;
  const slots = Math.ceil((snapshot.window.end - start) / snapshot.window.slotMs);
  const stepMs = Math.max(1, Math.ceil(slots / points)) * snapshot.window.slotMs;
  const quiet = Math.max(1, Math.ceil(quietMs / stepMs));
  const before = Array.from({ length: quiet }, (_, i): StepSpan => {
    const from = start - (quiet - i) * stepMs;
    return { start: from, end: from + stepMs };
  });
  return { spans: [...before, ...own], stepMs, quiet };
}

/** Rows that tell of a view's edge, by whichever side. */
function rowsByOrigin({ edges }: Snapshot): (origin: string) => readonly RollupRow[] {
  const byOrigin = new Map<string, IndexedEdge>();
  for (const edge of edges) {
    byOrigin.set(edge.key, edge);
    byOrigin.set(joinedOrigin(edge.key), edge);
  }
  return (origin) => byOrigin.get(origin)?.rows ?? [];
}

interface Wanted {
  readonly edges: readonly { readonly edge: ViewEdge; readonly rows: readonly RollupRow[] }[];
  readonly nodes: ReadonlyMap<string, ViewNode>;
  /** What is asked for: the rest of `nodes` are other ends. */
  readonly asked: ReadonlySet<string>;
}

function wantedOf(snapshot: Snapshot, members: HistoryMembers, query: HistoryParameters): Wanted {
  const isNarrowed = [query.namespace, query.cluster, query.mesh].some((names) => names !== undefined);
  const holds = ({ ends }: ViewNode): boolean => !isNarrowed || [...ends].some((end) => endMatches(end, query));
  const nodes = new Map<string, ViewNode>(members.nodes.map((node) => [node.id, node]));
  const asked = new Set<string>(members.nodes.filter(holds).map(({ id }) => id));
  const rowsOf = rowsByOrigin(snapshot);
  const edges = members.edges
    // Without traffic in all of the window it neither came nor went there.
    .filter(({ active, source, target }) => active && (asked.has(source) || asked.has(target)))
    .map((edge) => ({ edge, rows: edge.facts.flatMap(({ origin }) => rowsOf(origin)) }));
  return { edges, nodes, asked };
}

type Summed = { -readonly [K in keyof Presence]: Presence[K] };

function presenceOf(rows: readonly RollupRow[], steps: SeenSteps, { spans, stepMs }: Timed): Summed {
  const length = spans.length;
  const made: Summed = { seen: new Uint8Array(length), observed: new Uint8Array(length), firstStep: length };
  const startMs = spans[0]?.start ?? 0;
  for (const row of rows) {
    addSeen(made.seen, steps.seen.get(row.key) ?? new Uint8Array(0));
    addSeen(made.observed, steps.observed.get(row.group) ?? new Uint8Array(0));
    made.firstStep = Math.min(made.firstStep, Math.floor((row.firstSeenMs - startMs) / stepMs));
  }
  return made;
}

function join(into: Summed, more: Presence): void {
  addSeen(into.seen, more.seen);
  addSeen(into.observed, more.observed);
  into.firstStep = Math.min(into.firstStep, more.firstStep);
}

const COMES: ReadonlySet<HistoryKind> = new Set(["new", "started", "found"]);
const MEMBERS_PER_BREATH = 256;

class Teller {
  private readonly wanted: Wanted;
  private readonly timed: Timed;
  private readonly entries: HistoryEntry[] = [];
  /** `node step way` of nodes that came or went. */
  private readonly moved = new Set<string>();

  constructor(wanted: Wanted, timed: Timed) {
    this.wanted = wanted;
    this.timed = timed;
  }

  private at(step: number): number {
    return this.timed.spans[step]?.start ?? 0;
  }

  private end(id: string): HistoryEntry["ends"][number] | undefined {
    const node = this.wanted.nodes.get(id);
    if (node === undefined) return undefined;
    const { kind, cluster, namespace, name, version } = node.identity;
    return { id, kind, cluster, namespace, name, ...(version === undefined ? {} : { version }) };
  }

  node(id: string, presence: Presence, ground: Ground): void {
    for (const { step, kind } of presenceChanges(presence, ground)) {
      this.moved.add(`${id} ${step} ${COMES.has(kind)}`);
      const ends = [this.end(id)].flatMap((end) => end ?? []);
      if (this.wanted.asked.has(id)) this.entries.push({ atMs: this.at(step), kind, of: "node", id, ends });
    }
  }

  edge({ id, source, target }: ViewEdge, presence: Presence, ground: Ground): void {
    for (const { step, kind } of presenceChanges(presence, ground)) {
      if ([source, target].some((node) => this.moved.has(`${node} ${step} ${COMES.has(kind)}`))) continue;
      const ends = [source, target].flatMap((node) => this.end(node) ?? []);
      this.entries.push({ atMs: this.at(step), kind, of: "edge", id, ends });
    }
  }

  all(): HistoryEntry[] {
    return this.entries.sort((a, b) => a.atMs - b.atMs || (a.of === b.of ? 0 : a.of === "node" ? -1 : 1));
  }
}

export async function historyAnswer(
  snapshot: Snapshot,
  members: HistoryMembers,
  query: HistoryParameters,
  breathe: Breathe = () => Promise.resolve(),
): Promise<History> {
  const time = timed(snapshot, query);
  const wanted = wantedOf(snapshot, members, query);
  const rows = wanted.edges.flatMap((one) => one.rows);
  const steps = await seenSteps(snapshot, rows, time.spans, breathe);
  const ground: Ground = { observed: steps.any, quiet: time.quiet, from: time.quiet };
  const nodes = new Map<string, Summed>();
  const edges: { readonly edge: ViewEdge; readonly presence: Presence }[] = [];
  for (const one of wanted.edges) {
    const presence = presenceOf(one.rows, steps, time);
    edges.push({ edge: one.edge, presence });
    for (const id of [one.edge.source, one.edge.target]) {
      const known = nodes.get(id);
      if (known === undefined)
        nodes.set(id, { ...presence, seen: presence.seen.slice(), observed: presence.observed.slice() });
      else join(known, presence);
    }
    if (edges.length % MEMBERS_PER_BREATH === 0) await breathe();
  }
  const teller = new Teller(wanted, time);
  let told = 0;
  const pause = () => (++told % MEMBERS_PER_BREATH === 0 ? breathe() : undefined);
  for (const [id, presence] of nodes) {
    teller.node(id, presence, ground);
    await pause();
  }
  for (const { edge, presence } of edges) {
    teller.edge(edge, presence, ground);
    await pause();
  }
  const all = teller.all();
  const { limit } = query;
  const entries = all.slice(-limit);
  const { stepMs, quiet } = time;
  return {
    window: snapshot.window,
    stepMs,
    quietMs: quiet * stepMs,
    entries,
    total: all.length,
    truncated: all.length > limit,
  };
}
