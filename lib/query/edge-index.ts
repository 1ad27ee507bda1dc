/**
 * Which rows speak of one edge. Rows whose ends are equal meet under one key; before that, a service whose name a proxy
 * read from a host or a cluster name becomes the workload behind it, if exactly one is known in the same cluster and
 * namespace (design §2 "Joining"). A target that is no more than a host may be a service of another mesh: the index says
 * of which, and how much of it is joined is decided by what arrived there (edge-arrivals.ts). Rebuilt when rows were added
 * or given up, or the books changed, and then kept.
 */
import { mapSliced, type Sliced } from "../base/sliced.ts";
import type { Endpoint, Layer, Protocol } from "../model/identity.ts";
import type { RollupRow } from "../model/rollup-row.ts";
import { type Choices, choicesOf } from "./edge-choice.ts";
import { identityOf } from "./end-keys.ts";
import { AliasBook, type Found, hostOf, type Join, type JoinBooks, NO_JOINS, peerBehind } from "./joins.ts";
import { Places } from "./places.ts";
import { routeRows } from "./route-rows.ts";
import { SpanEnds } from "./span-ends.ts";

/** What is known of a target, besides who it is. */
export interface TargetPlace {
  readonly target: Endpoint;
  readonly join: Join;
  /** Both ends, whatever runs between them. */
  readonly ends: string;
  /** What a destination counts unnamed callers of, and the named ones are subtracted from: TCP or not, and where. */
  readonly service: string;
  /** Keys of the workloads that may stand at the target: whose listeners are its evidence. */
  readonly targetWorkloads: readonly string[];
}

export interface IndexedEdge extends TargetPlace {
  readonly key: string;
  readonly source: Endpoint;
  readonly protocol: Protocol;
  readonly layer: Layer;
  /** The service of another mesh that its host may be. */
  readonly candidate: TargetPlace | null;
  readonly rows: readonly RollupRow[];
  readonly choices: Choices;
}

/** An edge while its rows are being gathered. */
interface Gathered extends Omit<IndexedEdge, "rows" | "choices"> {
  readonly rows: RollupRow[];
}

interface Built {
  readonly rows: readonly RollupRow[];
  readonly size: number;
  readonly addresses: number;
  readonly books: JoinBooks;
  readonly spans: number;
}

const ROWS_PER_STEP = 256;

export class EdgeIndex {
  private built: Built | null = null;
  private indexed: IndexedEdge[] = [];
  private places = new Places();
  private aliases = new AliasBook([]);
  private spanEnds = new SpanEnds();

  /** The edges of these rows, in steps; one caller at a time. */
  *edges(rows: readonly RollupRow[], books: JoinBooks = NO_JOINS): Sliced<readonly IndexedEdge[]> {
    const built = { rows, size: rows.length, addresses: addressesOf(rows), books, spans: books.spans.generation };
    if (this.built !== null && isSame(this.built, built)) return this.indexed;
    if (this.built?.books !== books) this.aliases = new AliasBook(books.aliases);
    // A caller that gives up half-way leaves nothing that looks whole.
    this.built = null;
    // Rows are added at the end while this is built: they are the next one's.
    const all = rows.slice(0, built.size);
    this.places = yield* Places.of(all);
    this.spanEnds = yield* SpanEnds.of(all);
    const byKey = new Map<string, Gathered>();
    const ordered = metricsFirst(all);
    for (let at = 0; at < ordered.length; at++) {
      const row = ordered[at];
      if (row !== undefined) this.gather(byKey, row, books);
      if (at % ROWS_PER_STEP === ROWS_PER_STEP - 1) yield;
    }
    const gathered = [...byKey.values()];
    const routes = routeRows(gathered);
    yield;
    const before = new Map(this.indexed.map((edge) => [edge.key, edge] as const));
    yield;
    this.indexed = yield* mapSliced(gathered, ROWS_PER_STEP, (edge, i) => {
      const known = before.get(edge.key);
      const own = routes[i];
      const isRouted = own !== undefined && own.elsewhere.length + own.extras.length > 0;
      return known !== undefined && !isRouted && isAlike(known, edge)
        ? known
        : { ...edge, choices: choicesOf(edge.rows, own) };
    });
    this.built = built;
    return this.indexed;
  }

  private gather(byKey: Map<string, Gathered>, row: RollupRow, books: JoinBooks): void {
    const made = this.index(row, books);
    const known = byKey.get(made.key);
    if (known === undefined) {
      byKey.set(made.key, made);
      return;
    }
    known.rows.push(row);
    // Metrics have said how the ends were matched; a span that fits their edge says nothing else of it.
    if (row.reporter === "span" && known.rows[0]?.reporter !== "span") return;
    const { join, candidate } = made;
    if (join !== "same_key") byKey.set(made.key, { ...known, join, candidate: known.candidate ?? candidate });
    else if (known.candidate === null && candidate !== null) byKey.set(made.key, { ...known, candidate });
  }

  private place(source: Endpoint, target: Endpoint, protocol: Protocol, join: Join): TargetPlace {
    return {
      target,
      join,
      ends: `${identityOf(source)}${identityOf(target)}`,
      service: JSON.stringify([protocol === "tcp", this.places.arrivalsAt(target)]),
      targetWorkloads: this.places.workloadsAt(target),
    };
  }

  private index(row: RollupRow, books: JoinBooks): Gathered {
    const isSpan = row.reporter === "span";
    const edge = this.spanEnds.edge(row);
    const resolved = { source: this.places.resolve(edge.source), target: this.places.resolve(edge.target) };
    const isSame = resolved.source === row.edge.source && resolved.target === row.edge.target;
    const join = isSame ? "same_key" : isSpan ? "span_name" : "service_host";
    const source = this.places.same(resolved.source);
    const target = this.places.same(resolved.target);
    const { protocol, layer } = edge;
    const key = `${identityOf(source)}${identityOf(target)}${protocol}${layer}`;
    // Of calls that were traced nobody knows how many were made: they are held against no arrivals.
    const found = isSpan ? undefined : this.peer(source, target, books);
    const candidate = found === undefined ? null : this.place(source, found.target, protocol, found.join);
    return { key, source, protocol, layer, ...this.place(source, target, protocol, join), candidate, rows: [row] };
  }

  /** The service of another mesh behind a target that nobody answered for; undefined where no book knows one. */
  private peer(source: Endpoint, target: Endpoint, books: JoinBooks): { target: Endpoint; join: Join } | undefined {
    const host = hostOf(target);
    if (host === undefined || this.places.workloadsAt(target).length > 0) return undefined;
    const elsewhere: Found | undefined =
      target.kind === "service"
        ? { peer: { namespace: target.namespace, service: target.name }, join: "service_host" }
        : undefined;
    const { aliases } = this;
    const told = peerBehind(source, host, { books, aliases, known: this.places.addresses });
    for (const found of [elsewhere, told]) {
      const place = found === undefined ? undefined : this.places.find(found.peer, found.join !== "service_host");
      if (found !== undefined && place !== undefined) return { target: this.places.same(place), join: found.join };
    }
    return undefined;
  }
}

const isSamePlace = (a: TargetPlace | null, b: TargetPlace | null): boolean =>
  a === b ||
  (a !== null &&
    b !== null &&
    isAlikeEnd(a.target, b.target) &&
    a.join === b.join &&
    a.service === b.service &&
    a.targetWorkloads.length === b.targetWorkloads.length &&
    a.targetWorkloads.every((key, i) => key === b.targetWorkloads[i]));

/** Of one identity already: what else an end says. */
function isAlikeEnd(a: Endpoint, b: Endpoint): boolean {
  if (a === b) return true;
  const { mesh, service, app, reason, meshes = [] } = a;
  const others = b.meshes ?? [];
  const isSameMesh = mesh === b.mesh && meshes.length === others.length && meshes.every((one, i) => one === others[i]);
  return isSameMesh && service === b.service && app === b.app && reason === b.reason;
}

/** Whether an edge built anew is the one that was there: it goes on, with what is known of it. */
function isAlike(known: IndexedEdge, edge: Gathered): boolean {
  const isSameRows = known.rows.length === edge.rows.length && known.rows.every((row, i) => row === edge.rows[i]);
  return (
    isSameRows &&
    isAlikeEnd(known.source, edge.source) &&
    isSamePlace(known, edge) &&
    isSamePlace(known.candidate, edge.candidate)
  );
}

function metricsFirst(rows: readonly RollupRow[]): readonly RollupRow[] {
  const spans = rows.filter(({ reporter }) => reporter === "span");
  return spans.length === 0 ? rows : [...rows.filter(({ reporter }) => reporter !== "span"), ...spans];
}

function addressesOf(rows: readonly RollupRow[]): number {
  let count = 0;
  for (const { addresses } of rows) count += addresses?.size ?? 0;
  return count;
}

function isSame(a: Built, b: Built): boolean {
  const { rows, size, addresses, books, spans } = b;
  return a.rows === rows && a.size === size && a.addresses === addresses && a.books === books && a.spans === spans;
}
