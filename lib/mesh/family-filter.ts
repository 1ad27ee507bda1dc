/**
 * Which samples of a body are the proxy's, and which families changed their type. In: byte ranges of names and of TYPE
 * lines. Out: yes or no. A name is decoded only when it differs from the one before it and begins as the adapter asks, and
 * nothing is remembered of names that are not wanted: an application may print what it likes.
 */
import { isBlank, isNameByte } from "../wire/exposition/kernel-lex.ts";
import type { MeshAdapter } from "./adapter.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Families with a remembered type; far above what a proxy has. */
const MAX_TYPES = 10_000;
const SUFFIX = /_(?:total|bucket|g?sum|g?count|created|info)$/;
const OPEN = 123;
const UNTYPED = new Set(["untyped", "unknown"]);

/** The name that a TYPE line gives to the family of a sample: OpenMetrics leaves `_total` out, Prometheus does not. */
function familyOf(name: string): string {
  return name.replace(SUFFIX, "");
}

const NO_BYTES = new Uint8Array(0);

export class FamilyFilter {
  private readonly adapter: MeshAdapter;
  private readonly prefixes: readonly Uint8Array[];
  private bytes: Uint8Array = NO_BYTES;
  private lastStart = 0;
  private lastEnd = 0;
  private lastWanted = false;
  private readonly types = new Map<string, string>();
  private readonly changed = new Map<string, string>();
  private readonly everChanged = new Set<string>();
  /** Samples of names not wanted, in this body. */
  unwanted = 0;

  constructor(adapter: MeshAdapter) {
    this.adapter = adapter;
    this.prefixes = adapter.prefixes.map((prefix) => encoder.encode(prefix));
  }

  begin(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.lastStart = 0;
    this.lastEnd = 0;
    // The name of no bytes, which a broken line may have, is not wanted, whatever the last body ended with.
    this.lastWanted = false;
    this.unwanted = 0;
    this.changed.clear();
    this.everChanged.clear();
  }

  /** The body is no longer held. */
  release(): void {
    this.bytes = NO_BYTES;
  }

  wants(start: number, end: number): boolean {
    const wanted = this.isWanted(start, end);
    if (!wanted) this.unwanted++;
    return wanted;
  }

  /** Whether a line that cannot be read may be a wanted sample: by its name where that is whole, else by its beginning. */
  mayBeWanted(start: number, end: number): boolean {
    const { bytes } = this;
    let nameEnd = start;
    while (nameEnd < end && isNameByte(bytes[nameEnd] ?? 0)) nameEnd++;
    const next = nameEnd < end ? (bytes[nameEnd] ?? 0) : 0;
    return next === OPEN || isBlank(next) ? this.isWanted(start, nameEnd) : this.begins(start, nameEnd);
  }

  private isWanted(start: number, end: number): boolean {
    if (this.isLast(start, end)) return this.lastWanted;
    this.lastStart = start;
    this.lastEnd = end;
    this.lastWanted = this.begins(start, end) && this.wantsName(this.text(start, end));
    return this.lastWanted;
  }

  private wantsName(name: string): boolean {
    return this.adapter.wants(name) || (name.endsWith("_created") && this.wantsFamily(familyOf(name)));
  }

  /** Whether the samples of this family are wanted, where its name stands bare: a composite value has no suffix. */
  wantsBare(start: number, end: number): boolean {
    return this.begins(start, end) && this.wantsFamily(familyOf(this.text(start, end)));
  }

  /** `family` as a TYPE line has it: the samples carry suffixes. */
  private wantsFamily(family: string): boolean {
    const { adapter } = this;
    const suffixed = adapter.wants(`${family}_total`) || adapter.wants(`${family}_bucket`);
    return suffixed || adapter.wants(family) || adapter.wants(`${family}_sum`);
  }

  private isLast(start: number, end: number): boolean {
    const { bytes, lastStart, lastEnd } = this;
    if (end - start !== lastEnd - lastStart) return false;
    for (let i = end - start - 1; i >= 0; i--) if (bytes[start + i] !== bytes[lastStart + i]) return false;
    return true;
  }

  private begins(start: number, end: number): boolean {
    const { bytes } = this;
    return this.prefixes.some(
      (prefix) => prefix.length <= end - start && prefix.every((byte, i) => bytes[start + i] === byte),
    );
  }

  private text(start: number, end: number): string {
    return decoder.decode(this.bytes.subarray(start, end));
  }

  /** A TYPE line. It holds for the samples after it, so that one at the end of a merged body cannot spoil the proxy's. */
  declare(nameStart: number, nameEnd: number, type: string): void {
    if (!this.begins(nameStart, nameEnd)) return;
    const name = this.text(nameStart, nameEnd);
    const family = familyOf(name);
    if (!this.wantsFamily(family) && !this.adapter.wants(name)) return;
    if (UNTYPED.has(type)) return;
    const before = this.types.get(family);
    if (before === undefined) {
      if (this.types.size < MAX_TYPES) this.types.set(family, type);
    } else if (before === type) {
      this.changed.delete(family);
    } else {
      const change = `${family}: ${before} → ${type}`;
      this.changed.set(family, change);
      this.everChanged.add(change);
    }
  }

  get anyChanged(): boolean {
    return this.changed.size > 0;
  }

  /** Whether the samples of `name` are declared as something else than when the family was first seen. */
  hasChanged(name: string): boolean {
    return this.changed.has(familyOf(name));
  }

  /** All changes that this body declares. */
  changes(): readonly string[] {
    return [...this.everChanged];
  }
}
