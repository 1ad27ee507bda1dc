/**
 * Objects of a simulated Kubernetes cluster: versions that only grow, generations, who wrote what, and events for watches.
 * In: whole objects (patches are applied before). Out: what is stored, or a refusal with its HTTP code. A write that changes
 * nothing makes no version. A write to an object with a status subresource leaves the status, and one to the status all else.
 */
import { err, ok, type Result } from "../../../lib/base/result.ts";
import { isSame, type JsonObject, numberAt, objectOf, textAt, withMember } from "./document.ts";
import { apiVersionOf, fullName, type ResourceKind, refusalOf } from "./kubernetes-kinds.ts";
import { managedAfter } from "./managed-fields.ts";

export interface StatusError {
  readonly code: 400 | 404 | 409 | 410 | 415 | 422;
  readonly reason: string;
  readonly message: string;
  readonly kind?: ResourceKind;
  readonly name?: string;
}

export interface WriteOptions {
  readonly manager: string;
  readonly subresource?: "status" | null;
  readonly dryRun?: boolean;
}

export interface ObjectEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly revision: number;
  readonly kind: ResourceKind;
  readonly object: JsonObject;
}

export interface ObjectKey {
  readonly kind: ResourceKind;
  readonly namespace: string;
  readonly name: string;
}

type Stored = Result<JsonObject, StatusError>;

/** Versions of a cluster that is not new. */
const FIRST_REVISION = 48_210;
/** Events that a watch may go on from; of older ones it is told 410. */
const KEPT_EVENTS = 500;

const keyText = ({ kind, namespace, name }: ObjectKey): string => `${fullName(kind)} ${namespace} ${name}`;

export function notFound({ kind, name }: Pick<ObjectKey, "kind" | "name">): StatusError {
  return { code: 404, reason: "NotFound", message: `${fullName(kind)} "${name}" not found`, kind, name };
}

export class ObjectStore {
  private readonly now: () => number;
  private readonly objects = new Map<string, { readonly key: ObjectKey; readonly object: JsonObject }>();
  private events: ObjectEvent[] = [];
  private readonly listeners = new Set<(event: ObjectEvent) => void>();
  private latest = FIRST_REVISION;
  /** Of the newest event that is no longer kept. */
  private forgotten = FIRST_REVISION;

  constructor(now: () => number) {
    this.now = now;
  }

  get revision(): number {
    return this.latest;
  }

  read(key: ObjectKey): JsonObject | undefined {
    return this.objects.get(keyText(key))?.object;
  }

  /** By name; of all namespaces where none is given. */
  list(kind: ResourceKind, namespace?: string): readonly JsonObject[] {
    return [...this.objects.values()]
      .filter(({ key }) => fullName(key.kind) === fullName(kind))
      .filter(({ key }) => namespace === undefined || key.namespace === namespace)
      .sort((a, b) => (keyText(a.key) < keyText(b.key) ? -1 : 1))
      .map(({ object }) => object);
  }

  create(kind: ResourceKind, object: JsonObject, options: WriteOptions): Stored {
    const key = { kind, namespace: textAt(object, "metadata", "namespace"), name: textAt(object, "metadata", "name") };
    const { name } = key;
    if (this.objects.has(keyText(key))) {
      return err({
        code: 409,
        reason: "AlreadyExists",
        message: `${fullName(kind)} "${name}" already exists`,
        kind,
        name,
      });
    }
    const creationTimestamp = new Date(this.now()).toISOString();
    const uid = `00000000-0000-4000-8000-${String(this.latest).padStart(12, "0")}`;
    const metadata = { ...objectOf(object["metadata"]), uid, creationTimestamp, generation: 1 };
    const made = { apiVersion: apiVersionOf(kind), kind: kind.kind, ...object, metadata };
    return this.keep(key, undefined, made, options);
  }

  /** The whole object in place of the one that is there. */
  replace(key: ObjectKey, object: JsonObject, options: WriteOptions): Stored {
    const current = this.read(key);
    if (current === undefined) return err(notFound(key));
    const clash = this.conflictOf(key, current, object);
    if (clash !== undefined) return err(clash);
    return this.keep(key, current, merged(key.kind, current, object, options.subresource ?? null), options);
  }

  private conflictOf(key: ObjectKey, current: JsonObject, object: JsonObject): StatusError | undefined {
    for (const member of ["resourceVersion", "uid"]) {
      const given = textAt(object, "metadata", member);
      if (given === "" || given === textAt(current, "metadata", member)) continue;
      const { kind, name } = key;
      const message = `Operation cannot be fulfilled on ${fullName(kind)} "${name}": the object has been modified; please apply your changes to the latest version and try again`;
      return { code: 409, reason: "Conflict", message, kind, name };
    }
    return undefined;
  }

  private keep(key: ObjectKey, current: JsonObject | undefined, next: JsonObject, options: WriteOptions): Stored {
    const refusal = refusalOf(key.kind, next);
    if (refusal !== undefined) {
      const reason = refusal.code === 422 ? "Invalid" : "BadRequest";
      return err({ ...refusal, reason, kind: key.kind, name: key.name });
    }
    if (current !== undefined && isSame(bare(current), bare(next))) return ok(current);
    const time = new Date(this.now()).toISOString();
    const writer = { manager: options.manager, apiVersion: apiVersionOf(key.kind), time };
    const managedFields = managedAfter(current, next, { ...writer, subresource: options.subresource ?? null });
    const revision = options.dryRun === true ? this.latest : this.latest + 1;
    const resourceVersion = current !== undefined && options.dryRun === true ? versionOf(current) : String(revision);
    const metadata = { ...objectOf(next["metadata"]), resourceVersion, managedFields };
    const object = { ...next, metadata };
    if (options.dryRun === true) return ok(object);
    this.latest = revision;
    this.objects.set(keyText(key), { key, object });
    this.tell({ type: current === undefined ? "ADDED" : "MODIFIED", revision, kind: key.kind, object });
    return ok(object);
  }

  remove(key: ObjectKey): Stored {
    const current = this.read(key);
    if (current === undefined) return err(notFound(key));
    this.latest++;
    this.objects.delete(keyText(key));
    const object = withMember(current, ["metadata", "resourceVersion"], String(this.latest));
    this.tell({ type: "DELETED", revision: this.latest, kind: key.kind, object });
    return ok(object);
  }

  private tell(event: ObjectEvent): void {
    this.events.push(event);
    if (this.events.length > KEPT_EVENTS) this.forget(this.events.length - KEPT_EVENTS);
    for (const listener of this.listeners) listener(event);
  }

  /** Drops the oldest events, as compaction does: a watch from before them is told 410. */
  forget(count: number = this.events.length): void {
    this.forgotten = this.events[count - 1]?.revision ?? this.forgotten;
    this.events = this.events.slice(count);
  }

  /** Undefined where they are no longer kept. */
  eventsSince(revision: number): readonly ObjectEvent[] | undefined {
    return revision < this.forgotten ? undefined : this.events.filter((event) => event.revision > revision);
  }

  /** Out: ends it. */
  subscribe(listener: (event: ObjectEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

function versionOf(object: JsonObject): string {
  return textAt(object, "metadata", "resourceVersion");
}

/** Without what the server keeps of each version. */
function bare(object: JsonObject): JsonObject {
  const { resourceVersion: _version, managedFields: _fields, ...metadata } = objectOf(object["metadata"]);
  return { ...object, metadata };
}

/** What of `object` is taken: the status alone or all but the status, and never what the server keeps itself. */
function merged(kind: ResourceKind, current: JsonObject, object: JsonObject, subresource: "status" | null): JsonObject {
  if (subresource === "status") return withMember(current, ["status"], object["status"]);
  const own = objectOf(current["metadata"]);
  const kept = ["uid", "creationTimestamp", "name", "namespace", "generation"].flatMap((member) => {
    const value = own[member];
    return value === undefined ? [] : [[member, value] as const];
  });
  const metadata = { ...objectOf(object["metadata"]), ...Object.fromEntries(kept) };
  const next = kind.hasStatus ? withMember(object, ["status"], current["status"]) : object;
  const isNew = !isSame(meant(current, kind), meant(next, kind));
  const generation = (numberAt(current, "metadata", "generation") ?? 0) + (isNew ? 1 : 0);
  return { ...next, metadata: { ...metadata, generation } };
}

/** What a new generation is counted by. */
function meant(object: JsonObject, kind: ResourceKind): JsonObject {
  const { metadata: _metadata, status, ...rest } = object;
  return kind.hasStatus || status === undefined ? rest : { ...rest, status };
}
