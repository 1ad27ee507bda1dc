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
import { type Ground, type PresenceChange, presenceChanges } from "./presence.ts";
import { bytesOf, hasAll, type StepBits, wordsFor } from "./step-bits.ts";

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

const MEMBERS_PER_BREATH = 256;

/** Asked for each member: to wait for each of them, though it be for nothing, costs as much as what is done. */
class Pause {
  private members = 0;

  isDue(): boolean {
    return ++this.members % MEMBERS_PER_BREATH === 0;
  }
}

/** Rows that tell of a view's edge, by whichever side. */
async function rowsByOrigin({ edges }: Snapshot, breathe: Breathe): Promise<(origin: string) => readonly RollupRow[]> {
  const byOrigin = new Map<string, IndexedEdge>();
  const pause = new Pause();
  for (const edge of edges) {
    byOrigin.set(edge.key, edge);
    byOrigin.set(joinedOrigin(edge.key), edge);
    if (pause.isDue()) await breathe();
  }
  return (origin) => byOrigin.get(origin)?.rows ?? [];
}

interface WantedEdge {
  readonly edge: ViewEdge;
  readonly rows: readonly RollupRow[];
}

interface Wanted {
  readonly edges: readonly WantedEdge[];
  readonly nodes: ReadonlyMap<string, ViewNode>;
  /** What is asked for: the rest of `nodes` are other ends. */
  readonly asked: ReadonlySet<string>;
}

async function wantedOf(
  snapshot: Snapshot,
  members: HistoryMembers,
  query: HistoryParameters,
  breathe: Breathe,
): Promise<Wanted> {
  const isNarrowed = [query.namespace, query.cluster, query.mesh].some((names) => names !== undefined);
  const holds = ({ ends }: ViewNode): boolean => !isNarrowed || [...ends].some((end) => endMatches(end, query));
  const nodes = new Map<string, ViewNode>(members.nodes.map((node) => [node.id, node]));
  const asked = new Set<string>(members.nodes.filter(holds).map(({ id }) => id));
  const rowsOf = await rowsByOrigin(snapshot, breathe);
  const pause = new Pause();
  const edges: WantedEdge[] = [];
  for (const edge of members.edges) {
    // Without traffic in all of the window it neither came nor went there.
    if (edge.active && (asked.has(edge.source) || asked.has(edge.target)))
      edges.push({ edge, rows: edge.facts.flatMap(({ origin }) => rowsOf(origin)) });
    if (pause.isDue()) await breathe();
  }
  return { edges, nodes, asked };
}

interface Summed {
  readonly seen: StepBits;
  readonly observed: StepBits;
  firstStep: number;
}

/** Of nothing yet. */
function nothing({ spans: { length } }: Timed): Summed {
  const words = wordsFor(length);
  return { seen: new Int32Array(words), observed: new Int32Array(words), firstStep: length };
}

function addRows(made: Summed, rows: readonly RollupRow[], steps: SeenSteps, { spans, stepMs }: Timed): void {
  const startMs = spans[0]?.start ?? 0;
  for (const row of rows) {
    steps.addSeen(row, made.seen);
    steps.addObserved(row.group, made.observed);
    made.firstStep = Math.min(made.firstStep, Math.floor((row.firstSeenMs - startMs) / stepMs));
  }
}

/** What came and went of one thing at a time. */
function changesIn(length: number, ground: Ground): (of: Summed) => readonly PresenceChange[] {
  const presence = { seen: new Uint8Array(length), observed: new Uint8Array(length) };
  return ({ seen, observed, firstStep }) => {
    // As nearly all are: what is there all the time neither comes nor goes.
    if (hasAll(seen, length)) return [];
    bytesOf(seen, presence.seen);
    bytesOf(observed, presence.observed);
    return presenceChanges({ ...presence, firstStep }, ground);
  };
}

const COMES: ReadonlySet<HistoryKind> = new Set(["new", "started", "found"]);

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

  node(id: string, changes: readonly PresenceChange[]): void {
    for (const { step, kind } of changes) {
      this.moved.add(`${id} ${step} ${COMES.has(kind)}`);
      const ends = [this.end(id)].flatMap((end) => end ?? []);
      if (this.wanted.asked.has(id)) this.entries.push({ atMs: this.at(step), kind, of: "node", id, ends });
    }
  }

  edge({ id, source, target }: ViewEdge, changes: readonly PresenceChange[]): void {
    for (const { step, kind } of changes) {
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
  const pause = new Pause();
  const wanted = await wantedOf(snapshot, members, query, breathe);
  const rows = wanted.edges.flatMap((one) => one.rows);
  const steps = await seenSteps(snapshot, rows, time.spans, breathe);
  const ground: Ground = { observed: steps.any, quiet: time.quiet, from: time.quiet };
  const changes = changesIn(time.spans.length, ground);
  const nodes = new Map<string, Summed>();
  for (const { edge, rows: own } of wanted.edges) {
    for (const id of [edge.source, edge.target]) {
      const known = nodes.get(id) ?? nothing(time);
      nodes.set(id, known);
      addRows(known, own, steps, time);
    }
    if (pause.isDue()) await breathe();
  }
  const teller = new Teller(wanted, time);
  for (const [id, presence] of nodes) {
    teller.node(id, changes(presence));
    if (pause.isDue()) await breathe();
  }
  const presence = nothing(time);
  for (const { edge, rows: own } of wanted.edges) {
    presence.seen.fill(0);
    presence.observed.fill(0);
    presence.firstStep = time.spans.length;
    addRows(presence, own, steps, time);
    teller.edge(edge, changes(presence));
    if (pause.isDue()) await breathe();
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
