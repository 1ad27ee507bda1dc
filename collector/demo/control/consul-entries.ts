/**
 * Consul's configuration entries: kept with their indexes, checked as Consul checks them, put with compare-and-set. In:
 * entries as they are put; out: whether they are stored, or the text of what is wrong. Checked: splitters, their subsets and
 * protocol, resolvers' filters; other kinds are taken as they are.
 */
import { err, ok, type Result } from "../../../lib/base/result.ts";
import { at, type Json, type JsonObject, listOf, numberAt, objectOf, textAt } from "./document.ts";

const FIRST_INDEX = 31;
const SPLITTER = "service-splitter";
const RESOLVER = "service-resolver";

const KNOWN_KINDS = new Set([
  SPLITTER,
  RESOLVER,
  "service-router",
  "service-defaults",
  "service-intentions",
  "proxy-defaults",
]);

/** Members of a splitter and of its splits; an unknown one cannot be decoded. */
const SPLITTER_KEYS = new Set("Kind Name Namespace Partition Splits Meta CreateIndex ModifyIndex Hash".split(" "));
const SPLIT_KEYS = new Set(
  "Weight Service ServiceSubset Namespace Partition RequestHeaders ResponseHeaders".split(" "),
);

function unknownKey(entry: JsonObject): string | undefined {
  const splits = listOf(entry["Splits"]).flatMap((split) => Object.keys(objectOf(split)));
  return Object.keys(entry).find((key) => !SPLITTER_KEYS.has(key)) ?? splits.find((key) => !SPLIT_KEYS.has(key));
}

export interface EntryFault {
  readonly status: 400 | 500;
  readonly message: string;
}

const keyOf = (kind: string, name: string): string => `${kind} ${name}`;

/** Weights have two decimals: the sum is taken of hundredths. */
function splitsFault(entry: JsonObject): string | undefined {
  const splits = listOf(entry["Splits"]);
  if (splits.length === 0) return "no splits configured";
  const seen = new Set<string>();
  let hundredths = 0;
  for (const split of splits) {
    const weight = numberAt(split, "Weight") ?? 0;
    const [service, subset] = [textAt(split, "Service") || textAt(entry, "Name"), textAt(split, "ServiceSubset")];
    const key = JSON.stringify([service, subset]);
    if (seen.has(key)) return `split destination occurs more than once: service="${service}", subset="${subset}"`;
    seen.add(key);
    if (weight < 0 || weight > 100) return `split weight must be between 0 and 100, not ${weight.toFixed(6)}`;
    hundredths += Math.round(weight * 100);
  }
  return hundredths === 10_000
    ? undefined
    : `the sum of all split weights must be 100, not ${(hundredths / 100).toFixed(6)}`;
}

/** `Service.Meta.version == v2`, quoted or not; null for any other form. */
export function filterOf(text: string): { readonly path: readonly string[]; readonly value: string } | null {
  const match = /^\s*([A-Za-z_.]+)\s*==\s*"?([\w.-]+)"?\s*$/.exec(text);
  return match === null ? null : { path: (match[1] ?? "").split("."), value: match[2] ?? "" };
}

function resolverFault(entry: JsonObject): string | undefined {
  const subsets = objectOf(entry["Subsets"]);
  for (const [name, subset] of Object.entries(subsets)) {
    const filter = textAt(subset, "Filter");
    if (filter !== "" && filterOf(filter) === null) return `Filter for subset "${name}" is not a valid expression`;
  }
  const preferred = textAt(entry, "DefaultSubset");
  if (preferred !== "" && !Object.hasOwn(subsets, preferred))
    return `DefaultSubset "${preferred}" is not a valid subset`;
  if (entry["Redirect"] !== undefined && entry["Failover"] !== undefined)
    return "Redirect and Failover cannot both be set";
  return undefined;
}

export class ConsulEntries {
  private readonly entries = new Map<string, JsonObject>();
  private readonly waiting = new Set<() => void>();
  private latest = FIRST_INDEX;

  get index(): number {
    return this.latest;
  }

  read(kind: string, name: string): JsonObject | undefined {
    return this.entries.get(keyOf(kind, name));
  }

  list(kind: string): readonly JsonObject[] {
    return [...this.entries.values()].filter((entry) => entry["Kind"] === kind);
  }

  private protocolOf(service: string): string {
    const own = textAt(this.read("service-defaults", service), "Protocol");
    return own || textAt(this.read("proxy-defaults", "global"), "Config", "protocol") || "tcp";
  }

  private hasSubset(service: string, subset: string): boolean {
    return subset === "" || at(this.read(RESOLVER, service), "Subsets", subset) !== undefined;
  }

  /** What a chain with this splitter in it would lack. */
  private chainFault(splitter: JsonObject): string | undefined {
    const name = textAt(splitter, "Name");
    const protocol = this.protocolOf(name);
    if (protocol === "tcp") {
      return `discovery chain "${name}" uses a protocol "tcp" that does not permit advanced routing or splitting behavior`;
    }
    for (const split of listOf(splitter["Splits"])) {
      const service = textAt(split, "Service") || name;
      const subset = textAt(split, "ServiceSubset");
      if (!this.hasSubset(service, subset)) return `service "${service}" does not have a subset named "${subset}"`;
    }
    return undefined;
  }

  private faultOf(entry: JsonObject): EntryFault | undefined {
    const kind = textAt(entry, "Kind");
    if (!KNOWN_KINDS.has(kind))
      return { status: 400, message: `Request decoding failed: invalid config entry kind: ${kind}` };
    if (textAt(entry, "Name") === "") return { status: 500, message: "Name is required" };
    const odd = kind === SPLITTER ? unknownKey(entry) : undefined;
    if (odd !== undefined) return { status: 400, message: `Request decoding failed: invalid config key "${odd}"` };
    const message =
      kind === SPLITTER
        ? (splitsFault(entry) ?? this.chainFault(entry))
        : kind === RESOLVER
          ? resolverFault(entry)
          : undefined;
    return message === undefined ? undefined : { status: 500, message };
  }

  /** `cas`: the index that must be the entry's, 0 for one that is not there. Out: false where it is another. */
  put(entry: JsonObject, cas: number | null): Result<boolean, EntryFault> {
    const fault = this.faultOf(entry);
    if (fault !== undefined) return err(fault);
    const key = keyOf(textAt(entry, "Kind"), textAt(entry, "Name"));
    const current = this.entries.get(key);
    if (cas !== null && cas !== (numberAt(current, "ModifyIndex") ?? 0)) return ok(false);
    const kept = new Map(this.entries);
    this.latest++;
    const CreateIndex: Json = current?.["CreateIndex"] ?? this.latest;
    this.entries.set(key, { ...entry, CreateIndex, ModifyIndex: this.latest });
    const broken = this.list(SPLITTER).flatMap((splitter) => this.chainFault(splitter) ?? []);
    if (broken[0] !== undefined) {
      this.entries.clear();
      for (const [name, value] of kept) this.entries.set(name, value);
      return err({ status: 500, message: broken[0] });
    }
    this.tell();
    return ok(true);
  }

  remove(kind: string, name: string, cas: number | null): boolean {
    const current = this.read(kind, name);
    if (cas !== null && cas !== (numberAt(current, "ModifyIndex") ?? 0)) return false;
    if (current === undefined) return true;
    this.latest++;
    this.entries.delete(keyOf(kind, name));
    this.tell();
    return true;
  }

  private tell(): void {
    for (const wake of [...this.waiting]) wake();
  }

  /** Until the index is above `index`, or the time is over. */
  async later(index: number, waitMs: number, signal: AbortSignal): Promise<void> {
    if (this.latest > index) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, waitMs);
      this.waiting.add(done);
      signal.addEventListener("abort", done, { once: true });
    });
  }
}
