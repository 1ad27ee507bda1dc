/**
 * One object for equal parts of many meanings, over all endpoints. A proxy prints hundreds of series an edge, most of them
 * buckets, its replica the same ones again, and a label cut out of a line keeps the whole line in memory; shared parts keep
 * one, and texts are copied out of their lines. In: a meaning. Out: an equal one.
 */
import type { EdgeRef, Endpoint } from "../model/identity.ts";
import type { Measure, Principals, SeriesMeaning } from "../model/meaning.ts";

/** Past this many of a sort the memory starts afresh: sharing is lost, nothing else. */
const LIMIT = 50_000;

/** An equal text with memory of its own. */
function fresh(text: string): string {
  return String(JSON.parse(JSON.stringify(text)));
}

class Pool<T> {
  private readonly known = new Map<string, T>();
  private readonly copy: (value: T) => T;

  constructor(copy: (value: T) => T) {
    this.copy = copy;
  }

  of(key: string, value: T): T {
    const found = this.known.get(key);
    if (found !== undefined) return found;
    if (this.known.size >= LIMIT) this.known.clear();
    const made = this.copy(value);
    this.known.set(fresh(key), made);
    return made;
  }
}

export class Interner {
  private readonly texts = new Pool<string>(fresh);
  private readonly ends = new Pool<Endpoint>((end) => this.freshEnd(end));
  private readonly edges = new Pool<EdgeRef>(({ source, target, protocol, layer }) => ({
    source: this.end(source),
    target: this.end(target),
    protocol,
    layer,
  }));
  private readonly measures = new Pool<Measure>((measure) => this.freshMeasure(measure));
  private readonly principals = new Pool<Principals>(({ source, destination }) => ({
    ...(source === undefined ? {} : { source: this.text(source) }),
    ...(destination === undefined ? {} : { destination: this.text(destination) }),
  }));

  private text(text: string): string {
    return this.texts.of(text, text);
  }

  private end(end: Endpoint): Endpoint {
    return this.ends.of(JSON.stringify(end), end);
  }

  private freshEnd(end: Endpoint): Endpoint {
    const { cluster, namespace, name, version, service, app, reason } = end;
    return {
      ...end,
      cluster: this.text(cluster),
      namespace: this.text(namespace),
      name: this.text(name),
      ...(version === undefined ? {} : { version: this.text(version) }),
      ...(service === undefined ? {} : { service: this.text(service) }),
      ...(app === undefined ? {} : { app: this.text(app) }),
      ...(reason === undefined ? {} : { reason: this.text(reason) }),
    };
  }

  private freshMeasure(measure: Measure): Measure {
    if (measure.kind !== "requests") return measure;
    const { code, grpcStatus, flags, host } = measure;
    return {
      ...measure,
      code: this.text(code),
      flags: flags.map((flag) => this.text(flag)),
      ...(grpcStatus === undefined ? {} : { grpcStatus: this.text(grpcStatus) }),
      ...(host === undefined ? {} : { host: this.text(host) }),
    };
  }

  shared(meaning: SeriesMeaning): SeriesMeaning {
    if (meaning.kind === "counter") {
      const { principals, measure, edge } = meaning;
      return {
        ...meaning,
        edge: this.edges.of(JSON.stringify(edge), edge),
        measure: this.measures.of(JSON.stringify(measure), measure),
        family: this.text(meaning.family),
        ...(meaning.address === undefined ? {} : { address: this.text(meaning.address) }),
        ...(principals === undefined ? {} : { principals: this.principals.of(JSON.stringify(principals), principals) }),
      };
    }
    if (meaning.kind === "latency" || meaning.kind === "state") {
      const { edge } = meaning;
      return { ...meaning, edge: this.edges.of(JSON.stringify(edge), edge), family: this.text(meaning.family) };
    }
    if (meaning.kind === "listener") {
      const { workload, listener } = meaning;
      return {
        ...meaning,
        workload: this.end(workload),
        family: this.text(meaning.family),
        ...(listener === undefined ? {} : { listener: this.text(listener) }),
      };
    }
    return meaning;
  }
}
