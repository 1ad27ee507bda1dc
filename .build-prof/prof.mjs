// lib/query/window.ts
var MAX_WINDOW_MS = 92 * 864e5;
function addValues(a, b) {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  const sum = Float64Array.from(long);
  for (let i = 0; i < short.length; i++) sum[i] = (sum[i] ?? 0) + (short[i] ?? 0);
  return sum;
}

// collector/store/memory-rollup-store.ts
var MEMORY_TIERS = [
  { slotMs: 1e4, retainMs: 36e5 },
  { slotMs: 6e4, retainMs: 6 * 36e5 },
  { slotMs: 6e5, retainMs: 72 * 36e5 }
];
var MAX_VALUES = 2e7;
var MemoryRollupStore = class {
  tiers;
  slots = /* @__PURE__ */ new Map();
  maxValues;
  values = 0;
  evicted = 0;
  newestMs = Number.NEGATIVE_INFINITY;
  constructor(options = {}) {
    this.tiers = options.tiers ?? MEMORY_TIERS;
    this.maxValues = options.maxValues ?? MAX_VALUES;
    for (const { slotMs } of this.tiers) this.slots.set(slotMs, /* @__PURE__ */ new Map());
  }
  async append(closed) {
    for (const slot of closed) {
      this.newestMs = Math.max(this.newestMs, slot.startMs);
      for (const { slotMs } of this.tiers) this.fold(slotMs, slot);
    }
    this.retain();
  }
  /** Nothing here outlives the process that could ask for it. */
  async checkpoint(_checkpoint) {
  }
  async restore() {
    return { open: [], marks: {} };
  }
  fold(slotMs, { startMs, rows, coveredMs: coveredMs2 }) {
    const tier = this.slots.get(slotMs);
    if (tier === void 0) return;
    const start = Math.floor(startMs / slotMs) * slotMs;
    let slot = tier.get(start);
    if (slot === void 0) {
      slot = { rows: /* @__PURE__ */ new Map(), coveredMs: /* @__PURE__ */ new Map(), values: 0 };
      tier.set(start, slot);
    }
    for (const { row, values } of rows) {
      const known2 = slot.rows.get(row.key);
      const sum = known2 === void 0 ? Float64Array.from(values) : addValues(known2.values, values);
      const grown = sum.length - (known2?.values.length ?? 0);
      slot.values += grown;
      this.values += grown;
      slot.rows.set(row.key, { row, values: sum });
    }
    for (const [group, ms] of coveredMs2) slot.coveredMs.set(group, (slot.coveredMs.get(group) ?? 0) + ms);
  }
  retain() {
    for (const { slotMs, retainMs } of this.tiers) {
      const tier = this.slots.get(slotMs) ?? /* @__PURE__ */ new Map();
      for (const start of tier.keys()) if (start + slotMs <= this.newestMs - retainMs) this.drop(slotMs, start);
    }
    for (const { slotMs } of this.tiers) {
      const starts = [...this.slots.get(slotMs)?.keys() ?? []].sort((a, b) => a - b);
      for (const start of starts) {
        if (this.values <= this.maxValues) return;
        this.drop(slotMs, start);
        this.evicted++;
      }
    }
  }
  drop(slotMs, start) {
    this.values -= this.slots.get(slotMs)?.get(start)?.values ?? 0;
    this.slots.get(slotMs)?.delete(start);
  }
  async read(tierMs, fromMs, toMs, wanted = () => true) {
    const rows = /* @__PURE__ */ new Map();
    const coveredMs2 = /* @__PURE__ */ new Map();
    for (const [start, slot] of this.slots.get(tierMs) ?? []) {
      if (start + tierMs <= fromMs || start >= toMs) continue;
      for (const { row, values } of slot.rows.values()) {
        if (!wanted(row)) continue;
        const known2 = rows.get(row.key);
        if (known2 === void 0) rows.set(row.key, { row, values: Float64Array.from(values) });
        else known2.values = addValues(known2.values, values);
      }
      for (const [group, ms] of slot.coveredMs) coveredMs2.set(group, (coveredMs2.get(group) ?? 0) + ms);
    }
    return { rows: [...rows.values()], coveredMs: coveredMs2 };
  }
  oldestMs(tierMs) {
    const starts = [...this.slots.get(tierMs)?.keys() ?? []];
    return starts.length === 0 ? null : Math.min(...starts);
  }
  stats() {
    const slots2 = Object.fromEntries([...this.slots].map(([slotMs, tier]) => [String(slotMs), tier.size]));
    return { slots: slots2, values: this.values, evicted: this.evicted };
  }
  async close() {
    for (const tier of this.slots.values()) tier.clear();
    this.values = 0;
  }
};

// lib/base/encoding.ts
var ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
function base64url(bytes) {
  let out = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const word = (bytes[i] ?? 0) << 16 | (bytes[i + 1] ?? 0) << 8 | (bytes[i + 2] ?? 0);
    const digits = left >= 3 ? 4 : left + 1;
    for (let d = 0; d < digits; d++) out += ALPHABET.charAt(word >>> 18 - 6 * d & 63);
  }
  return out;
}

// lib/base/sha256.ts
var K = roundConstants();
function roundConstants() {
  const out = new Uint32Array(64);
  let found = 0;
  for (let n = 2; found < 64; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
    if (!prime) continue;
    const root = Math.cbrt(n);
    out[found++] = Math.floor((root - Math.floor(root)) * 4294967296);
  }
  return out;
}
function pad(bytes) {
  const length = Math.ceil((bytes.length + 9) / 64) * 64;
  const padded = new Uint8Array(length);
  padded.set(bytes);
  padded[bytes.length] = 128;
  const view = new DataView(padded.buffer);
  view.setUint32(length - 8, Math.floor(bytes.length / 536870912));
  view.setUint32(length - 4, bytes.length << 3 >>> 0);
  return padded;
}
function rotr(x, n) {
  return x >>> n | x << 32 - n;
}
function schedule(view, offset, w) {
  for (let i = 0; i < 16; i++) w[i] = view.getUint32(offset + i * 4);
  for (let i = 16; i < 64; i++) {
    const a = w[i - 15] ?? 0;
    const b = w[i - 2] ?? 0;
    const s0 = rotr(a, 7) ^ rotr(a, 18) ^ a >>> 3;
    const s1 = rotr(b, 17) ^ rotr(b, 19) ^ b >>> 10;
    w[i] = (w[i - 16] ?? 0) + s0 + (w[i - 7] ?? 0) + s1;
  }
}
function compress(state, w) {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let i = 0; i < 64; i++) {
    const s1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25);
    const t1 = h + s1 + (e & f ^ ~e & g) + (K[i] ?? 0) + (w[i] ?? 0) | 0;
    const s0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22);
    const t2 = s0 + (a & b ^ a & c ^ b & c) | 0;
    h = g;
    g = f;
    f = e;
    e = d + t1 | 0;
    d = c;
    c = b;
    b = a;
    a = t1 + t2 | 0;
  }
  const next = [a, b, c, d, e, f, g, h];
  for (let i = 0; i < 8; i++) state[i] = (state[i] ?? 0) + (next[i] ?? 0);
}
function sha256(bytes) {
  const padded = pad(bytes);
  const view = new DataView(padded.buffer);
  const state = new Uint32Array([
    1779033703,
    3144134277,
    1013904242,
    2773480762,
    1359893119,
    2600822924,
    528734635,
    1541459225
  ]);
  const w = new Uint32Array(64);
  for (let offset = 0; offset < padded.length; offset += 64) {
    schedule(view, offset, w);
    compress(state, w);
  }
  const digest = new Uint8Array(32);
  const out = new DataView(digest.buffer);
  for (let i = 0; i < 8; i++) out.setUint32(i * 4, state[i] ?? 0);
  return digest;
}

// lib/model/identity.ts
function meshesOf({ mesh, meshes }) {
  return meshes ?? (mesh === null ? [] : [mesh]);
}
var encoder = new TextEncoder();
function digestId(text) {
  return base64url(sha256(encoder.encode(text)).subarray(0, 12));
}
function identityKey(identity) {
  const { cluster, namespace, kind, name, version } = identity;
  return JSON.stringify(
    version === void 0 ? [cluster, namespace, kind, name] : [cluster, namespace, kind, name, version]
  );
}
function entityId(identity) {
  return digestId(identityKey(identity));
}
function edgeId(source, target, protocol, layer) {
  return digestId(JSON.stringify([source, target, protocol, layer]));
}

// lib/query/view-key.ts
var REAL = /* @__PURE__ */ new Set(["workload", "service", "app"]);
var MAX_REMEMBERED = 2e5;
var NO_MESH = "none";
function boxOf(end, box) {
  if (box === "mesh") return { cluster: "", namespace: "", kind: "mesh", name: meshesOf(end).join("+") || NO_MESH };
  if (box === "cluster") return { cluster: end.cluster, namespace: "", kind: "cluster", name: end.cluster };
  return { cluster: end.cluster, namespace: end.namespace, kind: "namespace", name: end.namespace };
}
function identityIn(view, end) {
  const { cluster, namespace, kind, name, service, app, version } = end;
  if (!REAL.has(kind)) return { cluster, namespace, kind, name };
  switch (view) {
    case "service":
      return { cluster, namespace, kind: "service", name: service ?? name };
    case "workload":
      return { cluster, namespace, kind, name };
    case "app":
      return { cluster, namespace, kind: "app", name: app ?? service ?? name };
    case "version": {
      const identity = { cluster, namespace, kind: "app", name: app ?? service ?? name };
      return version === void 0 ? identity : { ...identity, version };
    }
    default:
      return boxOf(end, view);
  }
}
var Ids = class {
  nodes = /* @__PURE__ */ new Map();
  edges = /* @__PURE__ */ new Map();
  node(identity) {
    const key = identityKey(identity);
    const known2 = this.nodes.get(key);
    if (known2 !== void 0) return known2;
    if (this.nodes.size >= MAX_REMEMBERED) this.nodes.clear();
    const made = entityId(identity);
    this.nodes.set(key, made);
    return made;
  }
  edge(source, target, protocol, layer) {
    const key = `${source}${target}${protocol}${layer}`;
    const known2 = this.edges.get(key);
    if (known2 !== void 0) return known2;
    if (this.edges.size >= MAX_REMEMBERED) this.edges.clear();
    const made = edgeId(source, target, protocol, layer);
    this.edges.set(key, made);
    return made;
  }
};
function nodeIdentity(view, collapsed, end, ids2) {
  if (collapsed.size > 0) {
    for (const box of ["mesh", "cluster", "namespace"]) {
      if (box === "namespace" && end.namespace === "") continue;
      const identity = boxOf(end, box);
      if (collapsed.has(ids2.node(identity))) return identity;
    }
  }
  return identityIn(view, end);
}

// lib/rollup/coverage.ts
var MIN_GAP_MS = 3e5;
var OVERDUE_INTERVALS = 1.5;
var TargetCoverage = class {
  intervals = [];
  firstMs = null;
  lastMs = null;
  processStartMs = null;
  intervalMs;
  constructor(intervalMs) {
    this.intervalMs = intervalMs;
  }
  get maxGapMs() {
    return Math.max(MIN_GAP_MS, 3 * this.intervalMs);
  }
  seen(atMs) {
    this.firstMs ??= atMs;
    this.lastMs = Math.max(this.lastMs ?? atMs, atMs);
  }
  cover(from, to) {
    const last = this.intervals[this.intervals.length - 1];
    if (last === void 0 || from > last.to) this.intervals.push({ from, to });
    else {
      last.from = Math.min(last.from, from);
      last.to = Math.max(last.to, to);
      this.joinLast();
    }
  }
  /** Another endpoint's longer interval may reach back over a gap: intervals never overlap. */
  joinLast() {
    const { intervals } = this;
    for (; ; ) {
      const last = intervals[intervals.length - 1];
      const before = intervals[intervals.length - 2];
      if (last === void 0 || before === void 0 || before.to < last.from) return;
      before.from = Math.min(before.from, last.from);
      before.to = Math.max(before.to, last.to);
      intervals.pop();
    }
  }
  forgetBefore(atMs) {
    while ((this.intervals[0]?.to ?? atMs) < atMs) this.intervals.shift();
  }
};
function pendingOf(target, groupFirst, groupLast) {
  const { firstMs, lastMs, intervalMs, processStartMs } = target;
  if (firstMs === null || lastMs === null) return [];
  const pending = [];
  if (lastMs < groupLast && groupLast - lastMs <= OVERDUE_INTERVALS * intervalMs) {
    pending.push({ from: lastMs, to: groupLast });
  }
  const ranBefore = processStartMs === null ? groupFirst > firstMs - OVERDUE_INTERVALS * intervalMs : true;
  if (ranBefore && firstMs > groupFirst) {
    const from = Math.max(groupFirst, processStartMs ?? groupFirst, firstMs - OVERDUE_INTERVALS * intervalMs);
    if (from < firstMs) pending.push({ from, to: firstMs });
  }
  return pending;
}
function overlap(interval, from, to) {
  return Math.max(0, Math.min(interval.to, to) - Math.max(interval.from, from));
}
function coveredMs(targets2, from, to) {
  const all = [...targets2];
  const [only] = all;
  if (only !== void 0 && all.length === 1) {
    return only.intervals.reduce((sum, interval) => sum + overlap(interval, from, to), 0);
  }
  const firsts = all.flatMap((target) => target.firstMs === null ? [] : [target.firstMs]);
  const lasts = all.flatMap((target) => target.lastMs === null ? [] : [target.lastMs]);
  const groupFirst = Math.min(...firsts);
  const groupLast = Math.max(...lasts);
  const steps = [];
  const add2 = (interval, covering, pending) => {
    const a = Math.max(interval.from, from);
    const b = Math.min(interval.to, to);
    if (a >= b) return;
    steps.push({ at: a, covering, pending }, { at: b, covering: -covering, pending: -pending });
  };
  for (const target of all) {
    for (const interval of target.intervals) add2(interval, 1, 0);
    for (const interval of pendingOf(target, groupFirst, groupLast)) add2(interval, 0, 1);
  }
  return integrate(steps.sort((a, b) => a.at - b.at));
}
function integrate(steps) {
  let sum = 0;
  let covering = 0;
  let pending = 0;
  let at = steps[0]?.at ?? 0;
  for (const step of steps) {
    if (covering > 0) sum += (step.at - at) * covering / (covering + pending);
    covering += step.covering;
    pending += step.pending;
    at = step.at;
  }
  return sum;
}

// lib/rollup/number-blocks.ts
var BLOCK = 8192;
var NumberBlocks = class {
  block = new Float64Array(0);
  used = 0;
  /** `size` zeros. */
  take(size) {
    if (this.used + size > this.block.length) {
      this.block = new Float64Array(Math.max(BLOCK, size));
      this.used = 0;
    }
    const taken = this.block.subarray(this.used, this.used + size);
    this.used += size;
    return taken;
  }
};

// lib/model/failure.ts
var GRPC_FAILURES = /* @__PURE__ */ new Set(["2", "4", "12", "13", "14", "15"]);
function outcomeOf(code, grpcStatus) {
  if (code === "none" || code === "error" || code.startsWith("5")) return "failure";
  if (grpcStatus !== "" && grpcStatus !== "0") return GRPC_FAILURES.has(grpcStatus) ? "failure" : "clientError";
  return code.startsWith("4") ? "clientError" : "success";
}

// lib/model/histogram-quantile.ts
function totalCount(histogram) {
  let total3 = histogram.scheme === "exponential" ? histogram.zeroCount : 0;
  for (const count of histogram.counts) total3 += count;
  return total3;
}
function exponentialUpperBound(scale, index2) {
  return 2 ** ((index2 + 1) / 2 ** scale);
}
function quantile(histogram, q) {
  if (!(q >= 0 && q <= 1)) return null;
  return histogram.scheme === "explicit" ? explicitQuantile(histogram, q) : exponentialQuantile(histogram, q);
}
function explicitQuantile({ bounds, counts, raisedBy = 1 }, q) {
  let total3 = 0;
  for (const count of counts) total3 += count;
  const highest = bounds[bounds.length - 1];
  if (!(total3 > 0) || highest === void 0) return null;
  const rank = q * total3;
  let below = 0;
  for (let b = 0; b < bounds.length; b++) {
    const count = counts[b] ?? 0;
    if (below + count >= rank) {
      const hi = bounds[b] ?? highest;
      if (b === 0 && hi <= 0) return { value: hi, lo: Number.NEGATIVE_INFINITY, hi };
      const lo = b === 0 ? 0 : bounds[b - 1] ?? 0;
      const value = count > 0 ? lo + (hi - lo) * ((rank - below) / count) : lo;
      return { value, lo: lo / raisedBy, hi };
    }
    below += count;
  }
  return { value: highest, lo: highest / raisedBy, hi: Number.POSITIVE_INFINITY };
}
function exponentialQuantile(histogram, q) {
  const total3 = totalCount(histogram);
  if (!(total3 > 0)) return null;
  const { scale, offset, counts, zeroCount } = histogram;
  const rank = q * total3;
  if (zeroCount > 0 && zeroCount >= rank) return { value: 0, lo: 0, hi: 0 };
  let below = zeroCount;
  let last = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] ?? 0;
    if (count <= 0) continue;
    last = i;
    if (below + count >= rank) return geometric(scale, offset + i, (rank - below) / count);
    below += count;
  }
  return geometric(scale, offset + last, 1);
}
function geometric(scale, index2, share) {
  const lo = Math.min(exponentialUpperBound(scale, index2 - 1), Number.MAX_VALUE);
  const hi = exponentialUpperBound(scale, index2);
  if (hi === Number.POSITIVE_INFINITY) return { value: lo, lo, hi };
  if (lo === 0) return { value: hi * share, lo, hi };
  return { value: lo * (hi / lo) ** share, lo, hi };
}

// lib/model/histogram-merge.ts
var MAX_EXPONENTIAL_BUCKETS = 320;
function mergeHistograms(a, b) {
  if (a.scheme === "explicit") return mergeExplicit(a, b.scheme === "explicit" ? b : toExplicit(b, a.bounds));
  return b.scheme === "explicit" ? mergeExplicit(toExplicit(a, b.bounds), b) : mergeExponential(a, b);
}
function scaleHistogram(histogram, share) {
  const counts = histogram.counts.map((count) => count * share);
  const sum = histogram.sum * share;
  if (histogram.scheme === "explicit") return { ...histogram, counts, sum };
  return { ...histogram, counts, sum, zeroCount: histogram.zeroCount * share };
}
function sameBounds(a, b) {
  return a === b || a.length === b.length && a.every((bound, i) => bound === b[i]);
}
function mergeExplicit(a, b) {
  const bounds = sameBounds(a.bounds, b.bounds) ? a.bounds : common(a.bounds, b.bounds);
  const left = coarsen(a, bounds);
  const right = coarsen(b, bounds);
  const counts = left.map((count, i) => count + (right[i] ?? 0));
  const raisedBy = Math.max(a.raisedBy ?? 1, b.raisedBy ?? 1);
  return { scheme: "explicit", bounds, counts, sum: a.sum + b.sum, ...raisedBy > 1 ? { raisedBy } : {} };
}
function common(a, b) {
  const known2 = new Set(b);
  return a.filter((bound) => known2.has(bound));
}
function coarsen(histogram, bounds) {
  if (histogram.bounds.length === bounds.length) return histogram.counts;
  const counts = new Array(bounds.length + 1).fill(0);
  let to = 0;
  histogram.counts.forEach((count, i) => {
    const upper = histogram.bounds[i] ?? Number.POSITIVE_INFINITY;
    while (to < bounds.length && (bounds[to] ?? 0) < upper) to++;
    counts[to] = (counts[to] ?? 0) + count;
  });
  return counts;
}
function toExplicit(histogram, bounds) {
  const counts = new Array(bounds.length + 1).fill(0);
  counts[0] = histogram.zeroCount;
  let to = 0;
  histogram.counts.forEach((count, i) => {
    const upper = exponentialUpperBound(histogram.scale, histogram.offset + i);
    while (to < bounds.length && (bounds[to] ?? 0) < upper) to++;
    counts[to] = (counts[to] ?? 0) + count;
  });
  const raisedBy = exponentialUpperBound(histogram.scale, 0);
  return { scheme: "explicit", bounds, counts, sum: histogram.sum, raisedBy };
}
function downscale(histogram, steps) {
  if (steps <= 0) return histogram;
  const width = 2 ** steps;
  const offset = Math.floor(histogram.offset / width);
  const last = Math.floor((histogram.offset + histogram.counts.length - 1) / width);
  const counts = new Array(histogram.counts.length === 0 ? 0 : last - offset + 1).fill(0);
  histogram.counts.forEach((count, i) => {
    const at = Math.floor((histogram.offset + i) / width) - offset;
    counts[at] = (counts[at] ?? 0) + count;
  });
  return { ...histogram, scale: histogram.scale - steps, offset, counts };
}
function trim(histogram) {
  const { counts } = histogram;
  const from = counts.findIndex((count) => count > 0);
  if (from < 0) return { ...histogram, offset: 0, counts: [] };
  let to = counts.length;
  while ((counts[to - 1] ?? 0) <= 0) to--;
  return from === 0 && to === counts.length ? histogram : { ...histogram, offset: histogram.offset + from, counts: counts.slice(from, to) };
}
function mergeExponential(a, b) {
  const scale = Math.min(a.scale, b.scale);
  let left = downscale(trim(a), a.scale - scale);
  let right = downscale(trim(b), b.scale - scale);
  while (rangeOf(left, right).size > MAX_EXPONENTIAL_BUCKETS) {
    left = downscale(left, 1);
    right = downscale(right, 1);
  }
  const { offset, size } = rangeOf(left, right);
  const counts = new Array(size).fill(0);
  for (const part of [left, right]) {
    part.counts.forEach((count, i) => {
      const at = part.offset + i - offset;
      counts[at] = (counts[at] ?? 0) + count;
    });
  }
  return {
    scheme: "exponential",
    scale: left.scale,
    offset,
    counts,
    zeroCount: a.zeroCount + b.zeroCount,
    sum: a.sum + b.sum
  };
}
function rangeOf(a, b) {
  const parts2 = [a, b].filter((part) => part.counts.length > 0);
  if (parts2.length === 0) return { offset: 0, size: 0 };
  const offset = Math.min(...parts2.map((part) => part.offset));
  return { offset, size: Math.max(...parts2.map((part) => part.offset + part.counts.length)) - offset };
}

// lib/model/edge-stats.ts
var MAX_FLAGS = 32;
var OTHER = "other";
function securityReasonKey(unit, security, reason) {
  return `${unit}/${security}/${reason}`;
}
var noSecurity = () => ({ mutual: 0, tls: 0, plaintext: 0, unknown: 0 });
function emptyStats() {
  return {
    classes: /* @__PURE__ */ new Map(),
    flags: /* @__PURE__ */ new Map(),
    hosts: /* @__PURE__ */ new Map(),
    security: { requests: noSecurity(), connections: noSecurity() },
    securityReasons: /* @__PURE__ */ new Map(),
    latency: null,
    latencyOf: null,
    counters: /* @__PURE__ */ new Map(),
    principals: { source: /* @__PURE__ */ new Set(), destination: /* @__PURE__ */ new Set() },
    tls: /* @__PURE__ */ new Map(),
    families: /* @__PURE__ */ new Set(),
    reporters: /* @__PURE__ */ new Set()
  };
}
function bump(map, key, by) {
  map.set(key, (map.get(key) ?? 0) + by);
}
function addClass(stats, code, grpcStatus, count) {
  const key = `${code}/${grpcStatus}`;
  const known2 = stats.classes.get(key);
  if (known2 === void 0) stats.classes.set(key, { code, grpcStatus, count });
  else known2.count += count;
}
function addLatency(stats, histogram, of) {
  stats.latency = stats.latency === null ? histogram : mergeHistograms(stats.latency, histogram);
  stats.latencyOf = stats.latencyOf === null || stats.latencyOf === of ? of : "mixed";
}
function addRowFacts(stats, row) {
  for (const name of row.principals.source) stats.principals.source.add(name);
  for (const name of row.principals.destination) stats.principals.destination.add(name);
  for (const family of row.families) stats.families.add(family);
  stats.reporters.add(row.reporter);
  if (row.tls.size === 0) return;
  const { source, target } = row.edge;
  const upstream = `${identityKey(source)}${identityKey(target)}`;
  for (const [by, state] of row.tls) addTls(stats, `${upstream}/${by}`, state);
}
function addTls(stats, key, state) {
  const known2 = stats.tls.get(key);
  if (known2 === void 0 || state.atMs > known2.atMs) stats.tls.set(key, state);
}
function addStats(stats, from) {
  for (const { code, grpcStatus, count } of from.classes.values()) addClass(stats, code, grpcStatus, count);
  for (const [flag, count] of from.flags) bump(stats.flags, flag, count);
  for (const [host, count] of from.hosts) bump(stats.hosts, host, count);
  for (const unit of ["requests", "connections"]) {
    for (const security of ["mutual", "tls", "plaintext", "unknown"]) {
      stats.security[unit][security] += from.security[unit][security];
    }
  }
  for (const [key, count] of from.securityReasons) bump(stats.securityReasons, key, count);
  if (from.latency !== null && from.latencyOf !== null) addLatency(stats, from.latency, from.latencyOf);
  for (const [name, count] of from.counters) bump(stats.counters, name, count);
  for (const name of from.principals.source) stats.principals.source.add(name);
  for (const name of from.principals.destination) stats.principals.destination.add(name);
  for (const [key, state] of from.tls) addTls(stats, key, state);
  for (const family of from.families) stats.families.add(family);
  for (const reporter of from.reporters) stats.reporters.add(reporter);
}
function requestTotals(stats) {
  let total3 = 0;
  let failures = 0;
  let clientErrors = 0;
  for (const { code, grpcStatus, count } of stats.classes.values()) {
    total3 += count;
    const outcome = outcomeOf(code, grpcStatus);
    if (outcome === "failure") failures += count;
    else if (outcome === "clientError") clientErrors += count;
  }
  return { total: total3, failures, clientErrors };
}

// lib/model/rollup-row.ts
var SENDERS = /* @__PURE__ */ new Set(["source", "sourceOnly", "outbound", "outboundRoute"]);
function reportingEnd(edge, reporter) {
  return SENDERS.has(reporter) ? edge.source : edge.target;
}
function groupKey(job, end, beside) {
  const { cluster, namespace, kind, name } = end;
  return JSON.stringify([job, cluster, namespace, kind, name, ...beside === void 0 ? [] : [beside]]);
}
function groupOf(job, row) {
  const beside = row.reporter === "waypoint" ? "waypoint" : row.below === true ? "node" : void 0;
  return groupKey(job, reportingEnd(row.edge, row.reporter), beside);
}
function edgeKey(edge) {
  return `${identityKey(edge.source)}${identityKey(edge.target)}${edge.protocol}${edge.layer}`;
}
function workloadKey(end) {
  return JSON.stringify([end.cluster, end.namespace, end.kind, end.name]);
}

// lib/rollup/row-table.ts
var EDGE_LIMIT = 5e4;
var MAX_HOSTS = 32;
var MAX_CLASSES = 128;
var MAX_PRINCIPALS = 16;
var MAX_WAYPOINTS = 16;
var MAX_SCHEMES = 8;
var MAX_ADDRESSES = 64;
var GRPC_STATUS = /^(?:[0-9]|1[0-6])$/;
var MutableRow = class {
  columns = [];
  schemes = [];
  families = /* @__PURE__ */ new Set();
  principals = { source: /* @__PURE__ */ new Set(), destination: /* @__PURE__ */ new Set() };
  addresses = /* @__PURE__ */ new Set();
  tls = /* @__PURE__ */ new Map();
  via = /* @__PURE__ */ new Set();
  lastSeenMs;
  /** Given up by the table: whoever still holds it asks for a row again. */
  dead = false;
  hasRequests = false;
  everActive = false;
  firstSeenMs;
  key;
  index;
  edge;
  reporter;
  transport;
  below;
  group;
  byKey = /* @__PURE__ */ new Map();
  flags = 0;
  hosts = 0;
  classes = 0;
  constructor(identity, atMs) {
    this.key = identity.key;
    this.index = identity.index;
    this.edge = identity.edge;
    this.reporter = identity.reporter;
    this.transport = identity.transport;
    this.below = identity.below === true;
    this.group = identity.group;
    this.firstSeenMs = atMs;
    this.lastSeenMs = atMs;
  }
  column(key, column) {
    const known2 = this.byKey.get(key);
    if (known2 !== void 0) return known2;
    const at = this.columns.push(column) - 1;
    this.byKey.set(key, at);
    return at;
  }
  /** Past the limit a code counts as its class ("503" as "5xx") and a gRPC status as itself: the outcome stays. */
  class(code, grpcStatus) {
    const key = `c/${code}/${grpcStatus}`;
    if (!this.byKey.has(key) && ++this.classes > MAX_CLASSES) {
      const folded = /^[1-9]/.test(code) ? `${code.charAt(0)}xx` : code === "none" ? code : "unknown";
      const status = grpcStatus === "" || GRPC_STATUS.test(grpcStatus) ? grpcStatus : OTHER;
      return this.column(`c/${folded}/${status}`, { kind: "class", code: folded, grpcStatus: status });
    }
    return this.column(key, { kind: "class", code, grpcStatus });
  }
  flag(flag) {
    const known2 = this.byKey.has(`f/${flag}`);
    const name = known2 || ++this.flags <= MAX_FLAGS ? flag : OTHER;
    return this.column(`f/${name}`, { kind: "flag", flag: name });
  }
  host(host) {
    const known2 = this.byKey.has(`h/${host}`);
    const name = known2 || ++this.hosts <= MAX_HOSTS ? host : OTHER;
    return this.column(`h/${name}`, { kind: "host", host: name });
  }
  /** `reason` is a code of an adapter's own list, so that there are few. */
  security(unit, security, reason) {
    const column = { kind: "security", security, unit };
    if (reason === void 0) return this.column(`s/${unit}/${security}`, column);
    return this.column(`s/${unit}/${security}/${reason}`, { ...column, reason });
  }
  counter(name) {
    return this.column(`n/${name}`, { kind: "counter", name });
  }
  /** Columns of the buckets, one more than bounds, and then of the sum; undefined past 8 schemes in one row. */
  latency(of, bounds) {
    let scheme = this.schemes.findIndex((known2) => known2.of === of && sameBounds(known2.bounds, bounds));
    if (scheme < 0) {
      if (this.schemes.length >= MAX_SCHEMES) return void 0;
      scheme = this.schemes.push({ of, bounds }) - 1;
    }
    const buckets = Array.from(
      { length: bounds.length + 1 },
      (_, index2) => this.column(`b/${scheme}/${index2}`, { kind: "bucket", scheme, index: index2 })
    );
    return [...buckets, this.column(`l/${scheme}`, { kind: "latencySum", scheme })];
  }
  through(waypoint) {
    if (this.via.size < MAX_WAYPOINTS) this.via.add(waypoint);
  }
  address(address) {
    if (address !== void 0 && this.addresses.size < MAX_ADDRESSES) this.addresses.add(address);
  }
  /** False where the name is left out, past 16 of one end. */
  principal(end, name) {
    if (name === void 0 || name === "") return true;
    const names = this.principals[end];
    if (names.size < MAX_PRINCIPALS) names.add(name);
    return names.has(name);
  }
};
function other(end, namespace) {
  return { cluster: end.cluster, namespace, kind: end.kind, name: OTHER, mesh: end.mesh, reason: "edge_limit" };
}
var RowTable = class {
  /** Another array after rows were given up. */
  rows = [];
  byKey = /* @__PURE__ */ new Map();
  byIndex = /* @__PURE__ */ new Map();
  made = 0;
  edges = /* @__PURE__ */ new Set();
  folded = /* @__PURE__ */ new Set();
  limit;
  constructor(limit = EDGE_LIMIT) {
    this.limit = limit;
  }
  get edgeCount() {
    return this.edges.size;
  }
  /** Different edges that went to an `other` member; counted exactly up to ten times the limit. */
  get overflowEdges() {
    return this.folded.size;
  }
  row(query, atMs) {
    const { reporter, job, transport, below = false } = query;
    const edge = this.admit(query.edge);
    const group = groupOf(job, query);
    const key = `${edgeKey(edge)}${reporter}${transport ? "t" : ""}${below ? "b" : ""}${group}`;
    const known2 = this.byKey.get(key);
    if (known2 !== void 0) return known2;
    const row = new MutableRow({ key, index: this.made++, edge, reporter, transport, below, group }, atMs);
    this.rows.push(row);
    this.byKey.set(key, row);
    this.byIndex.set(row.index, row);
    return row;
  }
  at(index2) {
    return this.byIndex.get(index2);
  }
  /** Gives up rows that no reading has held since `beforeMs`, and makes room for other edges. */
  prune(beforeMs) {
    for (const row of this.rows) {
      for (const [target, state] of row.tls) if (state.atMs < beforeMs) row.tls.delete(target);
    }
    if (!this.rows.some((row) => row.lastSeenMs < beforeMs)) return;
    for (const row of this.rows) {
      if (row.lastSeenMs >= beforeMs) continue;
      row.dead = true;
      this.byKey.delete(row.key);
      this.byIndex.delete(row.index);
    }
    this.rows = this.rows.filter((row) => !row.dead);
    this.edges.clear();
    for (const row of this.rows) this.edges.add(edgeKey(row.edge));
  }
  /** Rows of this edge and reporter in this job, whether transport or not; none is made. */
  find(edge, reporter, job) {
    const group = groupOf(job, { edge, reporter });
    const found = ["", "t"].map((mark) => this.byKey.get(`${edgeKey(edge)}${reporter}${mark}${group}`));
    return found.filter((row) => row !== void 0);
  }
  /** The edge itself, or what it folds into when the table is full. */
  admit(edge) {
    const key = edgeKey(edge);
    if (this.edges.has(key)) return edge;
    if (this.edges.size < this.limit) {
      this.edges.add(key);
      return edge;
    }
    if (this.folded.size < this.limit * 10) this.folded.add(key);
    const { source, target } = edge;
    const steps = [
      { ...edge, target: other(target, target.namespace) },
      { ...edge, source: other(source, source.namespace), target: other(target, target.namespace) },
      { ...edge, source: other(source, ""), target: other(target, "") }
    ];
    for (const step of steps) {
      const stepKey = edgeKey(step);
      if (this.edges.has(stepKey)) return step;
      if (this.edges.size < this.limit * 1.1 || step === steps[2]) {
        this.edges.add(stepKey);
        return step;
      }
    }
    return edge;
  }
};

// lib/rollup/spread.ts
var SLOT_MS = 1e4;
function slotOf(atMs) {
  return Math.floor(atMs / SLOT_MS) * SLOT_MS;
}
function sharesOf(from, to) {
  if (to <= from) return [{ slotMs: slotOf(to), share: 1 }];
  const shares = [];
  for (let slotMs = slotOf(from); slotMs < to; slotMs += SLOT_MS) {
    const part = Math.min(to, slotMs + SLOT_MS) - Math.max(from, slotMs);
    shares.push({ slotMs, share: part / (to - from) });
  }
  return shares;
}
function spread(increase, shares, add2) {
  let left = increase;
  for (let i = 0; i < shares.length - 1; i++) {
    const { slotMs, share } = shares[i] ?? { slotMs: 0, share: 0 };
    const part = increase * share;
    left -= part;
    add2(slotMs, part);
  }
  const last = shares[shares.length - 1];
  if (last !== void 0) add2(last.slotMs, left);
}

// lib/rollup/slot-table.ts
var LIVE_SLOTS = 90;
var LATE_MS = 36e5;
var DEPARTED_MS = 72 * 36e5;
var MAX_DEPARTED = 2e4;
var Slot = class extends Map {
  blocks = new NumberBlocks();
};
function addInto(total3, values) {
  const size = Math.min(values.length, total3.length);
  for (let i = 0; i < size; i++) total3[i] = (total3[i] ?? 0) + (values[i] ?? 0);
}
var SlotTable = class {
  slotMs = SLOT_MS;
  table;
  /** Moves with every change that a reader could see. */
  generation = 0;
  /** Counter increases folded, for the collector's own metrics. */
  folded = 0;
  horizon = Number.NEGATIVE_INFINITY;
  lastAtMs = null;
  slots = /* @__PURE__ */ new Map();
  groups = /* @__PURE__ */ new Map();
  /** Groups without targets; oldest first. */
  departed = /* @__PURE__ */ new Map();
  targets = /* @__PURE__ */ new Map();
  listenerStates = /* @__PURE__ */ new Map();
  leftOut = /* @__PURE__ */ new Map();
  emitted = /* @__PURE__ */ new Map();
  sums = [];
  constructor(edgeLimit = EDGE_LIMIT) {
    this.table = new RowTable(edgeLimit);
  }
  /** Slots from here on are this table's, earlier ones the store's. */
  get horizonMs() {
    return this.horizon;
  }
  get lastObservationMs() {
    return this.lastAtMs;
  }
  get openSlots() {
    return this.slots.size;
  }
  get rows() {
    return this.table.rows;
  }
  /** By workload key, then by target and listener. */
  get listeners() {
    return this.listenerStates;
  }
  get dropped() {
    const edges = this.table.overflowEdges;
    return { ...edges === 0 ? {} : { edge_limit: edges }, ...Object.fromEntries(this.leftOut) };
  }
  /** Counts what a row had no room for. */
  leaveOut(code, count) {
    this.leftOut.set(code, (this.leftOut.get(code) ?? 0) + count);
  }
  target(key, intervalMs) {
    const known2 = this.targets.get(key);
    if (known2 !== void 0) return known2;
    const made = new TargetCoverage(intervalMs);
    this.targets.set(key, made);
    return made;
  }
  join(group, target) {
    const members = this.groups.get(group);
    if (members === void 0) this.groups.set(group, /* @__PURE__ */ new Set([target]));
    else members.add(target);
  }
  /** A reading was folded at `atMs`. */
  observed(atMs) {
    this.lastAtMs = Math.max(this.lastAtMs ?? atMs, atMs);
    this.generation++;
  }
  /** Something moved though nothing was read: a reader looks again. */
  changed() {
    this.generation++;
  }
  add(row, columns, increase, shares) {
    if (increase === 0) return;
    spread(increase, shares, (slotMs, part) => {
      const values = this.valuesOf(slotMs, row);
      for (const column of columns) values[column] = (values[column] ?? 0) + part;
    });
    this.folded++;
  }
  valuesOf(slotMs, row) {
    let slot = this.slots.get(slotMs);
    if (slot === void 0) {
      slot = new Slot();
      this.slots.set(slotMs, slot);
    }
    const known2 = slot.get(row.index);
    if (known2 !== void 0 && known2.length >= row.columns.length) return known2;
    const grown = slot.blocks.take(row.columns.length);
    if (known2 !== void 0) grown.set(known2);
    slot.set(row.index, grown);
    return grown;
  }
  setTls(row, target, state) {
    row.tls.set(target, state);
  }
  setListeners(workload, states) {
    const known2 = this.listenerStates.get(workload) ?? /* @__PURE__ */ new Map();
    for (const [key, state] of states) known2.set(key, state);
    this.listenerStates.set(workload, known2);
  }
  /** Sums over the live slots that start in [fromMs, toMs); covered time up to `toMs`. `wanted` narrows the rows. */
  read(fromMs, toMs, wanted) {
    const from = Math.max(fromMs, this.horizon);
    if (wanted !== void 0) return this.sum(from, toMs, wanted);
    const known2 = this.sums.find((s) => s.generation === this.generation && s.from === from && s.to === toMs);
    if (known2 !== void 0) return known2.sum;
    const sum = this.sum(from, toMs);
    this.sums = [
      ...this.sums.filter((s) => s.generation === this.generation),
      { generation: this.generation, from, to: toMs, sum }
    ].slice(-8);
    return sum;
  }
  sum(from, to, wanted) {
    const totals = [];
    const blocks = new NumberBlocks();
    for (const [startMs, slot] of this.slots) {
      if (startMs < from || startMs >= to) continue;
      slot.forEach((values, index2) => {
        let total3 = totals[index2];
        if (total3 === void 0) {
          const row = this.table.at(index2);
          const given = row === void 0 || wanted?.(row) === false;
          total3 = given ? null : { row, values: blocks.take(row.columns.length) };
          totals[index2] = total3;
        }
        if (total3 !== null) addInto(total3.values, values);
      });
    }
    const rows = [];
    totals.forEach((total3) => {
      if (total3 !== null && total3 !== void 0) rows.push(total3);
    });
    return { rows, coveredMs: this.covered(from, to) };
  }
  scan(fromMs, toMs, visit) {
    const from = Math.max(fromMs, this.horizon);
    for (const [startMs, slot] of this.slots) {
      if (startMs < from || startMs >= toMs) continue;
      slot.forEach((values, index2) => {
        visit(index2, values);
      });
    }
  }
  coverage(fromMs, toMs, groups = this.groups.keys()) {
    const from = Math.max(fromMs, this.horizon);
    return this.covered(from, toMs, groups);
  }
  covered(from, to, groups = this.groups.keys()) {
    const covered = /* @__PURE__ */ new Map();
    for (const group of groups) {
      const targets2 = this.groups.get(group);
      if (targets2 !== void 0) covered.set(group, coveredMs(targets2, from, to));
    }
    return covered;
  }
  /** Slots that end 15 minutes before `nowMs` or earlier leave; each comes once, later deltas of it as further ones. */
  close(nowMs) {
    const horizon = slotOf(nowMs) - (LIVE_SLOTS - 1) * SLOT_MS;
    if (this.horizon === Number.NEGATIVE_INFINITY || horizon > this.horizon) {
      const from = this.horizon;
      this.horizon = horizon;
      for (const start of this.covering(from, horizon)) if (!this.slots.has(start)) this.slots.set(start, new Slot());
    }
    const closed = [];
    for (const startMs of [...this.slots.keys()].sort((a, b) => a - b)) {
      if (startMs >= this.horizon) continue;
      closed.push(this.closeSlot(startMs));
    }
    if (closed.length > 0) this.generation++;
    this.forget();
    return closed;
  }
  /** Slots in [from, to) that were observed though nothing increased in them: zero is data too. */
  covering(from, to) {
    const first = Math.min(...[...this.targets.values()].map((target) => target.intervals[0]?.from ?? to));
    const starts = [];
    for (let start = Math.max(from, slotOf(first)); start < to; start += SLOT_MS) starts.push(start);
    return starts;
  }
  closeSlot(startMs) {
    const { rows } = this.sum(startMs, startMs + SLOT_MS);
    this.slots.delete(startMs);
    const covered = this.covered(startMs, startMs + SLOT_MS);
    const before = this.emitted.get(startMs);
    const news = new Map([...covered].map(([group, ms]) => [group, ms - (before?.get(group) ?? 0)]));
    this.emitted.set(startMs, covered);
    return { startMs, rows, coveredMs: new Map([...news].filter(([, ms]) => ms > 0)) };
  }
  forget() {
    const before = this.horizon - LATE_MS;
    this.table.prune(before);
    for (const [workload, states] of this.listenerStates) {
      for (const [key, state] of states) if (state.atMs < before) states.delete(key);
      if (states.size === 0) this.listenerStates.delete(workload);
    }
    for (const startMs of this.emitted.keys()) if (startMs < this.horizon - LATE_MS) this.emitted.delete(startMs);
    for (const [key, target] of this.targets) {
      target.forgetBefore(this.horizon - LATE_MS);
      if ((target.lastMs ?? 0) >= this.horizon - LATE_MS) continue;
      this.targets.delete(key);
      for (const [group, members] of this.groups)
        if (members.delete(target) && members.size === 0) this.depart(group, target);
    }
    for (const [group, { lastMs }] of this.departed) {
      if (lastMs >= this.horizon - DEPARTED_MS && this.departed.size <= MAX_DEPARTED) break;
      this.departed.delete(group);
    }
  }
  depart(group, { lastMs, intervalMs }) {
    this.groups.delete(group);
    this.departed.delete(group);
    if (lastMs !== null) this.departed.set(group, { lastMs, intervalMs });
  }
  /** Time of the newest reading by any target of the group. */
  groupLastMs(group) {
    const lasts = [...this.groups.get(group) ?? []].map((target) => target.lastMs ?? 0);
    return lasts.length === 0 ? this.departed.get(group)?.lastMs ?? null : Math.max(...lasts);
  }
  /** Longest scrape interval in the group, ms. */
  groupIntervalMs(group) {
    const intervals = [...this.groups.get(group) ?? []].map((target) => target.intervalMs);
    return Math.max(this.departed.get(group)?.intervalMs ?? 0, ...intervals);
  }
};

// lib/rollup/certificate-log.ts
var MAX_NAMES = 64;
var JITTER_SEC = 60;
var COARSE_SEC = 3600;
var CertificateLog = class {
  byName = /* @__PURE__ */ new Map();
  refreshed = /* @__PURE__ */ new Map();
  entry({ name, role, scale = 1 }, canonical, atMs) {
    const known2 = this.byName.get(name);
    if (known2 !== void 0) {
      known2.lastReadMs = atMs;
      return known2;
    }
    if (this.byName.size >= MAX_NAMES) return void 0;
    const made = {
      name,
      role: role ?? null,
      family: canonical.split("{", 1)[0] ?? canonical,
      expiresAtSec: null,
      resolutionSec: scale >= COARSE_SEC ? scale : 0,
      renewedAtSec: null,
      firstReadMs: atMs,
      lastReadMs: atMs
    };
    this.byName.set(name, made);
    return made;
  }
  /**
   * One value of one series: seconds left at `atMs`, negative once it has expired, or the time of a refresh. False where
   * the series speaks of no certificate.
   */
  take(meaning, canonical, value, atMs) {
    if (meaning.kind === "certificateSeconds") this.read(meaning, canonical, value, atMs);
    else if (meaning.kind === "certificateRefreshed") this.refreshedAt(meaning.name, value);
    else return false;
    return true;
  }
  read(printed, canonical, secondsLeft, atMs) {
    const entry = this.entry(printed, canonical, atMs);
    if (entry === void 0) return;
    const atSec = atMs / 1e3;
    const expiry = atSec + secondsLeft;
    const before = entry.expiresAtSec;
    const margin = entry.resolutionSec + JITTER_SEC;
    const isLater = before !== null && expiry > before + margin;
    if (isLater) entry.renewedAtSec = atSec;
    const isSame2 = before !== null && !isLater && expiry >= before - margin;
    entry.expiresAtSec = isSame2 && entry.resolutionSec > 0 ? Math.max(before, expiry) : expiry;
  }
  /** The family is there and says nothing: a sentinel, or no number. What was known of it no longer holds. */
  withheld(meaning, canonical, atMs) {
    if (meaning.kind !== "certificateSeconds") return;
    const entry = this.entry(meaning, canonical, atMs);
    if (entry !== void 0) entry.expiresAtSec = null;
  }
  refreshedAt(name, unixSec) {
    if (unixSec > 0 && (this.refreshed.size < MAX_NAMES || this.refreshed.has(name))) this.refreshed.set(name, unixSec);
  }
  facts() {
    return [...this.byName.values()].map((entry) => ({
      ...entry,
      refreshedAtSec: this.refreshed.get(entry.name) ?? null
    }));
  }
  /** Of all that are known, the least time left at `atMs`, in seconds; undefined where none is. */
  firstToExpireSec(atMs) {
    const left = [...this.byName.values()].flatMap(
      ({ expiresAtSec }) => expiresAtSec === null ? [] : [expiresAtSec - atMs / 1e3]
    );
    return left.length === 0 ? void 0 : Math.min(...left);
  }
};

// lib/rollup/columns-of.ts
function columnsOf(row, measure) {
  switch (measure.kind) {
    case "requests": {
      const columns = [row.class(measure.code, measure.grpcStatus ?? "")];
      for (const flag of new Set(measure.flags)) columns.push(row.flag(flag));
      if (measure.host !== void 0 && measure.host !== "") columns.push(row.host(measure.host));
      if (measure.left && measure.security !== void 0) {
        columns.push(row.security("requests", measure.security, measure.securityReason));
      }
      return columns;
    }
    case "connectionsOpened": {
      const columns = [row.counter("opened")];
      for (const flag of new Set(measure.flags)) columns.push(row.flag(flag));
      if (measure.security !== void 0)
        columns.push(row.security("connections", measure.security, measure.securityReason));
      return columns;
    }
    case "connectionsClosed":
      return [row.counter("closed"), ...[...new Set(measure.flags)].map((flag) => row.flag(flag))];
    default:
      return [row.counter(measure.kind)];
  }
}
function isClassOnly(measure) {
  return measure.kind === "requests" && /^[1-5]xx$/.test(measure.code);
}

// lib/rollup/histogram-fold.ts
var HistogramFold = class {
  owner;
  atMs = 0;
  /** Number of the owner's reading that last held it. */
  seenIn = -1;
  /** See `Counted`. */
  withheldIn = -1;
  row;
  of;
  toMs;
  next = [];
  nextSum = 0;
  nextCount = null;
  bounds = [];
  cumulative = [];
  sum = 0;
  columnsFor = null;
  columns;
  constructor(owner, row, of, toMs) {
    this.owner = owner;
    this.row = row;
    this.of = of;
    this.toMs = toMs;
  }
  take(part, value) {
    if (part === "sum") this.nextSum = value;
    else if (part === "count") this.nextCount = value;
    else this.next.push({ le: part.le, count: value });
  }
  /** The row's columns for these bounds: buckets, then the sum. */
  columnsOf(bounds) {
    if (this.columnsFor !== bounds) {
      this.columns = this.row.latency(this.of, bounds);
      this.columnsFor = bounds;
    }
    return this.columns;
  }
  /** Lets go of the samples of a reading that does not count. */
  discard() {
    this.next = [];
    this.nextCount = null;
  }
  /**
   * Ends a reading: remembers its samples, and returns what they add. `from` "zero": everything in them is new;
   * "last": the difference to the samples before; "baseline": nothing.
   */
  finish(from) {
    const sorted = this.next.sort((a, b) => a.le - b.le);
    const finite = sorted.filter((bucket) => bucket.le !== Number.POSITIVE_INFINITY);
    const total3 = sorted[finite.length]?.count ?? this.nextCount ?? finite[finite.length - 1]?.count ?? 0;
    const cumulative = [...finite.map((bucket) => bucket.count), total3];
    const bounds = finite.map((bucket) => Number((bucket.le * this.toMs).toPrecision(12)));
    const before = { bounds: this.bounds, cumulative: this.cumulative, sum: this.sum };
    const sum = this.nextSum;
    this.bounds = sameBounds(bounds, this.bounds) ? this.bounds : bounds;
    this.cumulative = cumulative;
    this.sum = sum;
    this.discard();
    if (from === "baseline" || bounds.length === 0) return null;
    if (from === "last" && this.bounds !== before.bounds) return null;
    const lower = cumulative.some((count, i) => count < (before.cumulative[i] ?? 0));
    const zero = from === "zero" || lower;
    const increase = cumulative.map((count, i) => zero ? count : count - (before.cumulative[i] ?? 0));
    const counts = increase.map((count, i) => Math.max(0, count - (i === 0 ? 0 : increase[i - 1] ?? 0)));
    return { bounds: this.bounds, counts, sumMs: Math.max(0, zero ? sum : sum - before.sum) * this.toMs };
  }
};

// lib/rollup/process-clock.ts
var TOLERANCE_MS = 2e3;
var ProcessClock = class {
  startMs = null;
  uptime = null;
  nextUptime = null;
  nextStart = null;
  uptimeSeconds(value) {
    if (value >= 0) this.nextUptime = value;
  }
  startTimeSeconds(value) {
    if (value > 0) this.nextStart = value * 1e3;
  }
  /** Ends a reading asked at `atMs`, the one before at `lastMs`; true when the process is another one. */
  finish(atMs, lastMs) {
    const { uptime, nextUptime, nextStart, startMs: before } = this;
    const start = nextStart ?? (nextUptime === null ? null : atMs - nextUptime * 1e3);
    this.uptime = nextUptime;
    this.nextUptime = null;
    this.nextStart = null;
    if (start === null) return false;
    const younger = uptime !== null && nextUptime !== null && nextUptime < uptime;
    const moved = before !== null && start - before > (nextStart === null ? TOLERANCE_MS : 500);
    const restarted = younger || moved && (nextStart !== null || start > (lastMs ?? 0) - TOLERANCE_MS);
    if (before === null || restarted) this.startMs = start;
    return restarted;
  }
};

// lib/rollup/series-start.ts
function startOf(pass, series, intervalMs, createdMs) {
  const { endpoint, atMs, lastMs, maxGapMs } = pass;
  if (series.owner !== endpoint.index && series.seenIn >= 0) {
    if (atMs - series.atMs <= 2 * intervalMs) return void 0;
    const stale = atMs - series.atMs > maxGapMs;
    const reborn = (endpoint.process.startMs ?? Number.NEGATIVE_INFINITY) > series.atMs;
    return { from: stale ? "baseline" : reborn ? "zero" : "last", since: series.atMs };
  }
  if (pass.baseline || lastMs === null) return { from: "baseline", since: atMs };
  if (pass.restarted) return { from: "zero", since: lastMs };
  if (series.seenIn === endpoint.reading - 1) return { from: "last", since: lastMs };
  const withheld = series.withheldIn === endpoint.reading - 1;
  if (withheld || pass.unsure || createdMs !== void 0 && createdMs < lastMs) {
    return { from: "baseline", since: atMs };
  }
  return { from: "zero", since: Math.min(atMs, Math.max(lastMs, createdMs ?? lastMs)) };
}
function sharesFor(pass, since) {
  const known2 = pass.shares.get(since);
  if (known2 !== void 0) return known2;
  const made = sharesOf(since, pass.atMs);
  pass.shares.set(since, made);
  return made;
}

// lib/rollup/state-fold.ts
var STATE_FIELDS = {
  upstreamHandshakes: "handshakes",
  upstreamConnections: "connections",
  upstreamConnectFailures: "connectFailures",
  activeConnections: "activeConnections",
  circuitOpen: "circuitOpen"
};
var StateFold = class {
  edges = /* @__PURE__ */ new Map();
  listeners = /* @__PURE__ */ new Map();
  slots;
  target;
  job;
  atMs;
  constructor(slots2, target, job, atMs) {
    this.slots = slots2;
    this.target = target;
    this.job = job;
    this.atMs = atMs;
  }
  take(meaning, value) {
    if (meaning.kind === "state") this.takeState(meaning, value);
    else if (meaning.kind === "listener") {
      const workload = workloadKey(meaning.workload);
      const key = `${this.target}/${meaning.listener ?? ""}`;
      const states = this.listeners.get(workload) ?? /* @__PURE__ */ new Map();
      const numbers = states.get(key) ?? {};
      numbers[meaning.measure.kind] = (numbers[meaning.measure.kind] ?? 0) + value;
      states.set(key, numbers);
      this.listeners.set(workload, states);
    }
  }
  takeState(meaning, value) {
    const byReporter = this.edges.get(meaning.edge) ?? /* @__PURE__ */ new Map();
    this.edges.set(meaning.edge, byReporter);
    const { edge, reporter, family } = meaning;
    const state = byReporter.get(reporter) ?? { edge, reporter, family, numbers: {} };
    byReporter.set(reporter, state);
    const field = STATE_FIELDS[meaning.measure.kind];
    const hasHandshakes = state.numbers.handshakes !== void 0;
    if (field === "handshakes" || field === "connections" && !hasHandshakes) state.family = family;
    const before = state.numbers[field] ?? 0;
    state.numbers[field] = field === "circuitOpen" ? Math.max(before, value === 0 ? 0 : 1) : before + value;
  }
  finish() {
    const byRow = /* @__PURE__ */ new Map();
    for (const byReporter of this.edges.values()) {
      for (const { edge, reporter, family, numbers } of byReporter.values()) {
        for (const row of this.slots.table.find(edge, reporter, this.job)) {
          const known2 = byRow.get(row) ?? { family, numbers: {} };
          mergeNumbers(known2.numbers, numbers);
          byRow.set(row, known2);
        }
      }
    }
    for (const [row, { family, numbers }] of byRow) {
      this.slots.setTls(row, this.target, { atMs: this.atMs, family, ...numbers });
    }
    for (const [workload, states] of this.listeners) {
      const made = /* @__PURE__ */ new Map();
      for (const [key, numbers] of states) made.set(key, { atMs: this.atMs, ...numbers });
      this.slots.setListeners(workload, made);
    }
  }
};
function mergeNumbers(into, from) {
  for (const field of Object.values(STATE_FIELDS)) {
    const value = from[field];
    if (value === void 0) continue;
    const before = into[field] ?? 0;
    into[field] = field === "circuitOpen" ? Math.max(before, value) : before + value;
  }
}

// lib/rollup/target-fold.ts
var TargetFold = class {
  /** Version of the proxy as last printed. */
  version = null;
  /** When any endpoint was last read, Unix ms. */
  lastReadMs = Number.NEGATIVE_INFINITY;
  certificates = new CertificateLog();
  endpoints = /* @__PURE__ */ new Map();
  counters = /* @__PURE__ */ new Map();
  histograms = /* @__PURE__ */ new Map();
  rowsWithCodes = /* @__PURE__ */ new Set();
  coverage;
  slots;
  options;
  constructor(slots2, options) {
    this.slots = slots2;
    this.options = options;
    this.coverage = slots2.target(options.target, options.intervalMs);
  }
  /** Folds one successful reading of `endpoint`, whose job names the group its rows count in. Total. */
  observe(endpointKey, job, reading) {
    this.attach();
    const endpoint = this.endpoint(endpointKey, job);
    const { atMs } = reading;
    const lastMs = endpoint.lastMs;
    for (const id of reading.forgotten ?? []) this.forget(endpoint, id);
    endpoint.reading++;
    this.bindAll(endpoint, reading);
    const restarted = endpoint.process.finish(atMs, lastMs);
    const baseline = lastMs === null || atMs <= lastMs || atMs - lastMs > this.coverage.maxGapMs;
    const { maxGapMs } = this.coverage;
    const unsure = lostSince(endpoint, reading);
    const pass = { endpoint, atMs, lastMs, maxGapMs, baseline, restarted, unsure, shares: /* @__PURE__ */ new Map() };
    this.foldAll(endpoint, pass, reading);
    this.coverage.processStartMs = endpoint.process.startMs ?? this.coverage.processStartMs;
    this.coverage.seen(atMs);
    if (!baseline && lastMs !== null) this.coverage.cover(lastMs, atMs);
    endpoint.lastMs = atMs;
    endpoint.lastLoss = reading.incomplete === true ? { key: reading.lossKey } : null;
    this.lastReadMs = Math.max(this.lastReadMs, atMs);
    this.slots.observed(atMs);
  }
  /** After a long silence the table has forgotten the target: its time counts again in the groups of its rows. */
  attach() {
    const coverage = this.slots.target(this.options.target, this.options.intervalMs);
    if (coverage === this.coverage) return;
    this.coverage = coverage;
    for (const { row } of [...this.counters.values(), ...this.histograms.values()]) {
      if (!row.dead) this.slots.join(row.group, coverage);
    }
  }
  endpoint(key, job) {
    const known2 = this.endpoints.get(key);
    if (known2 !== void 0) return known2;
    const index2 = this.endpoints.size;
    const process2 = new ProcessClock();
    const made = { index: index2, job, lastMs: null, lastLoss: null, reading: 0, process: process2, bound: [] };
    this.endpoints.set(key, made);
    return made;
  }
  /** First pass: new ids find their rows, so that a class series knows of codes printed after it; clocks are read. */
  bindAll(endpoint, reading) {
    const { ids: ids2, values, size } = reading;
    for (let i = 0; i < size; i++) {
      const bound = this.bound(endpoint, reading, ids2[i] ?? 0);
      if (bound?.kind !== "other") continue;
      if (bound.meaning.kind === "uptimeSeconds") endpoint.process.uptimeSeconds(values[i] ?? 0);
      else if (bound.meaning.kind === "startTimeSeconds") endpoint.process.startTimeSeconds(values[i] ?? 0);
    }
    for (const id of reading.withheld ?? []) {
      const bound = this.bound(endpoint, reading, id);
      if (bound?.kind === "other") {
        this.certificates.withheld(bound.meaning, reading.canonical[id] ?? "", reading.atMs);
      }
      const series = seriesOf(bound);
      if (series !== void 0 && series.owner === endpoint.index) series.withheldIn = endpoint.reading;
    }
  }
  bound(endpoint, { meanings, canonical, atMs }, id) {
    const known2 = endpoint.bound[id];
    if (known2 !== void 0 && seriesOf(known2)?.row.dead !== true) return known2;
    const meaning = meanings[id];
    const made = meaning === null || meaning === void 0 ? null : this.bind(endpoint, meaning, canonical[id] ?? "", atMs);
    endpoint.bound[id] = made;
    return made;
  }
  rowOf(endpoint, meaning, atMs) {
    const { edge, reporter, family } = meaning;
    const transport = meaning.kind === "counter" && meaning.transportOf !== void 0;
    const below = meaning.kind === "counter" && meaning.below === true;
    const row = this.slots.table.row({ edge, reporter, job: endpoint.job, transport, below }, atMs);
    if (row.families.size < 16) row.families.add(family);
    if (meaning.kind === "counter" && meaning.via !== void 0) row.through(meaning.via);
    this.slots.join(row.group, this.coverage);
    return row;
  }
  bind(endpoint, meaning, canonical, atMs) {
    if (meaning.kind === "latency") {
      let histogram = this.histograms.get(meaning.histogram);
      if (histogram === void 0 || histogram.row.dead) {
        histogram = new HistogramFold(endpoint.index, this.rowOf(endpoint, meaning, atMs), meaning.of, meaning.toMs);
        this.histograms.set(meaning.histogram, histogram);
      }
      return { kind: "latency", histogram, part: meaning.part };
    }
    if (meaning.kind !== "counter") return { kind: "other", meaning };
    const key = `${canonical}\0${meaning.measure.kind}`;
    const known2 = this.counters.get(key);
    if (known2 !== void 0 && !known2.row.dead) return known2;
    const row = this.rowOf(endpoint, meaning, atMs);
    for (const end of ["source", "destination"]) {
      if (!row.principal(end, meaning.principals?.[end])) this.slots.leaveOut("principals", 1);
    }
    row.address(meaning.address);
    const columns = columnsOf(row, meaning.measure);
    const classOnly = isClassOnly(meaning.measure);
    if (meaning.measure.kind === "requests" && !classOnly) this.rowsWithCodes.add(row.index);
    const made = {
      kind: "counter",
      owner: endpoint.index,
      value: 0,
      atMs: 0,
      seenIn: -1,
      withheldIn: -1,
      row,
      columns,
      requests: meaning.measure.kind === "requests",
      classOnly
    };
    this.counters.set(key, made);
    return made;
  }
  forget(endpoint, id) {
    const bound = endpoint.bound[id];
    endpoint.bound[id] = void 0;
    const series = seriesOf(bound);
    if (series !== void 0 && series.owner === endpoint.index) this.gone.add(series);
  }
  /** Series given up by their owner; swept from the maps when many, since a map finds them only by name. */
  gone = /* @__PURE__ */ new Set();
  foldAll(endpoint, pass, reading) {
    const { ids: ids2, values, size } = reading;
    const states = new StateFold(this.slots, this.options.target, endpoint.job, pass.atMs);
    const touched = /* @__PURE__ */ new Set();
    for (let i = 0; i < size; i++) {
      const id = ids2[i] ?? 0;
      const bound = endpoint.bound[id];
      const value = values[i] ?? 0;
      if (bound === null || bound === void 0) continue;
      if (bound.kind === "counter") this.foldCounter(pass, bound, value, reading.createdMs.get(id));
      else if (bound.kind === "latency") {
        bound.histogram.take(bound.part, value);
        touched.add(bound.histogram);
      } else if (bound.meaning.kind === "build") this.version = bound.meaning.version;
      else if (!this.certificates.take(bound.meaning, reading.canonical[id] ?? "", value, pass.atMs)) {
        states.take(bound.meaning, value);
      }
    }
    for (const histogram of touched) this.foldHistogram(pass, histogram);
    states.finish();
    this.sweep();
  }
  foldCounter(pass, series, value, createdMs) {
    const start = startOf(pass, series, this.options.intervalMs, createdMs);
    series.row.lastSeenMs = pass.atMs;
    if (value > 0) {
      series.row.everActive = true;
      if (series.requests) series.row.hasRequests = true;
    }
    if (start === void 0 || !(value >= 0)) return;
    const before = series.value;
    series.owner = pass.endpoint.index;
    series.value = value;
    series.atMs = pass.atMs;
    series.seenIn = pass.endpoint.reading;
    if (start.from === "baseline") return;
    if (series.classOnly && this.rowsWithCodes.has(series.row.index)) return;
    const increase = start.from === "zero" || value < before ? value : value - before;
    this.slots.add(series.row, series.columns, increase, sharesFor(pass, start.since));
  }
  foldHistogram(pass, histogram) {
    const start = startOf(pass, histogram, this.options.intervalMs, void 0);
    histogram.row.lastSeenMs = pass.atMs;
    if (start === void 0) {
      histogram.discard();
      return;
    }
    histogram.owner = pass.endpoint.index;
    histogram.atMs = pass.atMs;
    histogram.seenIn = pass.endpoint.reading;
    const added = histogram.finish(start.from);
    if (added === null || !added.counts.some((count) => count > 0)) return;
    const columns = histogram.columnsOf(added.bounds);
    if (columns === void 0) {
      this.slots.leaveOut("latency_schemes", sumOf(added.counts));
      return;
    }
    const shares = sharesFor(pass, start.since);
    columns.forEach((column, i) => {
      this.slots.add(histogram.row, [column], added.counts[i] ?? added.sumMs, shares);
    });
  }
  sweep() {
    if (this.gone.size < 1e3) return;
    for (const [key, series] of this.counters) if (this.gone.has(series)) this.counters.delete(key);
    for (const [key, series] of this.histograms) if (this.gone.has(series)) this.histograms.delete(key);
    this.gone.clear();
  }
};
function sumOf(counts) {
  return counts.reduce((sum, count) => sum + count, 0);
}
function seriesOf(bound) {
  if (bound?.kind === "counter") return bound;
  return bound?.kind === "latency" ? bound.histogram : void 0;
}
function lostSince({ lastLoss }, { lossKey }) {
  return lastLoss !== null && (lastLoss.key === void 0 || lastLoss.key !== lossKey);
}

// lib/query/edge-choice.ts
var NO_ROUTES = { elsewhere: [], extras: [] };
var meshesOf2 = (rows) => new Set(rows.map((row) => row.edge.source.mesh));
function choicesOf(rows, { elsewhere, extras } = NO_ROUTES) {
  const by = (reporter) => rows.filter((row) => row.reporter === reporter);
  const source = by("source");
  const sourceOnly = by("sourceOnly");
  const own = by("outbound");
  const routes = by("outboundRoute");
  const outbound = own.length > 0 || elsewhere.length > 0 ? own : routes;
  const arrivals = ["destination", "waypoint"].flatMap((reporter) => {
    const arrived = by(reporter);
    if (arrived.length === 0) return [];
    const meshes = meshesOf2(arrived);
    const apart = outbound.filter((row) => !meshes.has(row.edge.source.mesh));
    const same = outbound.filter((row) => meshes.has(row.edge.source.mesh));
    const caller = source.length > 0 ? source : same;
    return [{ rows: arrived, choice: { main: [...arrived, ...sourceOnly, ...apart], caller } }];
  });
  const callers = [...source, ...sourceOnly, ...outbound];
  if (routes.length > 0 && arrivals.length === 0) return routedChoices(rows, elsewhere);
  if (outbound.length > 0 && source.length === 0 && sourceOnly.length === 0) {
    return { arrivals, callers, otherwise: { main: outbound, caller: [], extras }, endpoints: null };
  }
  if (source.length > 0) {
    const main2 = [...source, ...sourceOnly, ...outbound];
    return { arrivals, callers, otherwise: { main: main2, caller: [], note: "no_destination_report" }, endpoints: null };
  }
  const [main = []] = [[...sourceOnly, ...outbound], by("inbound"), by("span")].filter((found) => found.length > 0);
  return { arrivals, callers, otherwise: { main, caller: [] }, endpoints: null };
}
function routedChoices(rows, elsewhere) {
  const routes = rows.filter((row) => row.reporter === "outboundRoute");
  const senders = rows.filter((row) => ["source", "sourceOnly", "outbound"].includes(row.reporter));
  const others = senders.filter((row) => row.reporter !== "outbound");
  const isOwn = elsewhere.length === 0 || new Set(elsewhere.map((row) => edgeKey(row.edge))).size > 1;
  const choice = { main: senders, caller: [], extras: isOwn ? routes : [] };
  const otherwise = { main: [...others, ...routes], caller: [] };
  const counted = [...senders.filter((row) => row.reporter === "outbound"), ...elsewhere];
  const endpoints = counted.length === 0 ? null : { rows: counted, routes, choice };
  return { arrivals: [], callers: [...senders, ...routes], otherwise, endpoints };
}
function chooseView({ arrivals, callers, otherwise, endpoints }, speaks, isPrinted) {
  if (arrivals.length === 0) {
    if (endpoints === null) return otherwise;
    return endpoints.rows.some(isPrinted) || !endpoints.routes.some(isPrinted) ? endpoints.choice : otherwise;
  }
  const [first] = arrivals;
  if (callers.length === 0 && first !== void 0) return first.choice;
  for (const { rows, choice } of arrivals) if (rows.some(speaks) || !callers.some(speaks)) return choice;
  return otherwise;
}
var SILENT_INTERVALS = 3;
function silentFromMs(group, live) {
  const last = live.groupLastMs(group);
  return last === null ? Number.POSITIVE_INFINITY : last + SILENT_INTERVALS * live.groupIntervalMs(group);
}
function printedMs(row, live) {
  const until = row.lastSeenMs + SILENT_INTERVALS * live.groupIntervalMs(row.group);
  return { from: row.firstSeenMs, until };
}

// lib/model/host-names.ts
var IN_CLUSTER = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.[a-z0-9.-]+)?(?::[0-9]+)?$/i;
function inClusterHost(host) {
  const match = IN_CLUSTER.exec(host);
  return match === null ? void 0 : { name: match[1] ?? "", namespace: match[2] ?? "" };
}
var IPV4 = /^[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]+)?$/;
var IPV6 = /^(?:\[[0-9a-f:.]+\](?::[0-9]+)?|[0-9a-f]*:[0-9a-f:.]*:[0-9a-f.]*)$/i;
function isIpAddress(host) {
  return IPV4.test(host) || IPV6.test(host);
}
var BRACKETED = /^\[([^\]]+)\](?::([0-9]+))?$/;
var WITH_PORT = /^([^:]+):([0-9]+)$/;
function hostAndPort(text) {
  const match = BRACKETED.exec(text) ?? WITH_PORT.exec(text);
  const host = (match?.[1] ?? text).toLowerCase();
  return { host: host.endsWith(".") ? host.slice(0, -1) : host, port: match?.[2] ?? "" };
}

// lib/query/peers.ts
var NO_SPAN_PEERS = { generation: 0, peerOf: () => void 0 };

// lib/query/joins.ts
var NO_JOINS = { addresses: /* @__PURE__ */ new Map(), spans: NO_SPAN_PEERS, aliases: [] };
function hostOf(target) {
  if (target.kind === "external") return target.name;
  return target.kind === "service" ? `${target.name}.${target.namespace}.svc` : void 0;
}
function joinHost(text) {
  const { host } = hostAndPort(text);
  const inside = inClusterHost(host);
  return inside === void 0 ? host : `${inside.name}.${inside.namespace}.svc`;
}
var AliasBook = class {
  exact = /* @__PURE__ */ new Map();
  below = [];
  constructor(aliases) {
    for (const alias of aliases) {
      const { port } = hostAndPort(alias.host);
      const host = joinHost(alias.host);
      if (host.startsWith("*.")) this.below.push({ suffix: host.slice(1), port, alias });
      else this.exact.set(`${host}:${port}`, alias);
    }
    this.below.sort((a, b) => b.suffix.length - a.suffix.length || b.port.length - a.port.length);
  }
  find(text) {
    const { port } = hostAndPort(text);
    const host = joinHost(text);
    const exact = this.exact.get(`${host}:${port}`) ?? this.exact.get(`${host}:`);
    if (exact !== void 0) return exact;
    const covers = (entry) => host.endsWith(entry.suffix) && (entry.port === "" || entry.port === port);
    return this.below.find(covers)?.alias;
  }
};
function peerBehind(source, host, { books, aliases, known: known2 }) {
  const { host: bare } = hostAndPort(host);
  const address = isIpAddress(bare) ? books.addresses.get(bare) ?? known2.get(bare) : void 0;
  if (address !== void 0) return { peer: address, join: "address" };
  const paired = books.spans.peerOf(source, joinHost(host));
  if (paired !== void 0) return { peer: paired, join: "span_pair" };
  const alias = aliases.find(host);
  return alias === void 0 ? void 0 : { peer: alias, join: "alias" };
}

// lib/query/places.ts
var WORKLOADS = /* @__PURE__ */ new Set(["workload", "app", "gateway", "waypoint"]);
function serviceKey(cluster, namespace, name) {
  return JSON.stringify([cluster, namespace, name]);
}
var Groups = class {
  parent = /* @__PURE__ */ new Map();
  of(key) {
    let root = key;
    for (let next = this.parent.get(root); next !== void 0; next = this.parent.get(root)) root = next;
    if (root !== key) this.parent.set(key, root);
    return root;
  }
  unite(a, b) {
    const [from, to] = [this.of(a), this.of(b)];
    if (from !== to) this.parent.set(from, to);
  }
};
function addTo(map, key, value) {
  const known2 = map.get(key) ?? /* @__PURE__ */ new Set();
  known2.add(value);
  map.set(key, known2);
}
var Places = class {
  /** By IP, who answers there as the proxies that called it say. */
  addresses = /* @__PURE__ */ new Map();
  services = /* @__PURE__ */ new Map();
  byName = /* @__PURE__ */ new Map();
  ends = /* @__PURE__ */ new Map();
  /** By workload, the meshes whose proxies report for it. */
  reported = /* @__PURE__ */ new Map();
  /** By workload, the services it is said to stand behind. */
  servicesOf = /* @__PURE__ */ new Map();
  groups = new Groups();
  constructor(all) {
    const rows = all.filter((row) => row.reporter !== "span");
    for (const row of rows) for (const end of [row.edge.source, row.edge.target]) this.note(end);
    for (const [key, { called, behind }] of this.services) {
      if (called !== null) for (const end of behind.values()) this.groups.unite(key, workloadKey(end));
    }
    for (const row of rows) {
      const { edge } = row;
      const own = reportingEnd(edge, row.reporter);
      if (WORKLOADS.has(own.kind) && own.mesh !== null) addTo(this.reported, workloadKey(own), own.mesh);
      const { cluster, namespace, service, name, kind } = edge.target;
      if (!WORKLOADS.has(kind)) continue;
      for (const address of row.addresses ?? []) {
        this.addresses.set(address, { cluster, namespace, service: service ?? name });
      }
    }
  }
  service(cluster, namespace, name) {
    const key = serviceKey(cluster, namespace, name);
    const known2 = this.services.get(key);
    if (known2 !== void 0) return known2;
    const made = { cluster, namespace, name, behind: /* @__PURE__ */ new Map(), called: null };
    this.services.set(key, made);
    this.byName.set(name, [...this.byName.get(name) ?? [], made]);
    return made;
  }
  note(end) {
    const { cluster, namespace, kind, name, service } = end;
    if (kind === "service") this.service(cluster, namespace, name).called ??= end;
    if (!WORKLOADS.has(kind)) return;
    if (service !== void 0) {
      addTo(this.servicesOf, workloadKey(end), service);
      this.groups.unite(serviceKey(cluster, namespace, service), workloadKey(end));
    }
    for (const one of /* @__PURE__ */ new Set([service ?? name, name])) {
      this.service(cluster, namespace, one).behind.set(`${workloadKey(end)}${end.version ?? ""}`, end);
    }
  }
  behind(end) {
    if (end.kind !== "service") return [end];
    return [...this.services.get(serviceKey(end.cluster, end.namespace, end.name))?.behind.values() ?? []];
  }
  /** Keys of the workloads that may stand at an end; none for a service of which nothing but its name is known. */
  workloadsAt(end) {
    return WORKLOADS.has(end.kind) || end.kind === "service" ? [...new Set(this.behind(end).map(workloadKey))] : [];
  }
  /** One key for all ends whose arrivals are counted together: a service, what stands behind it, and its other services. */
  arrivalsAt(end) {
    if (end.kind === "service") return this.groups.of(serviceKey(end.cluster, end.namespace, end.name));
    return WORKLOADS.has(end.kind) ? this.groups.of(workloadKey(end)) : identityKey(end);
  }
  /** The workload behind a service, when there is but one; without its version, when it has several. */
  resolve(end) {
    if (end.kind !== "service") return end;
    const behind = this.behind(end);
    const [first] = behind;
    if (first === void 0 || new Set(behind.map(workloadKey)).size > 1) return end;
    if (behind.length === 1) return first;
    const { version: _version, ...rest } = first;
    return rest;
  }
  /**
   * The place a name means, if exactly one fits what it says; `called`: a service counts too that others only call.
   */
  find({ cluster, namespace, service }, called) {
    const fits = (this.byName.get(service) ?? []).filter(
      (one) => (cluster === void 0 || one.cluster === cluster) && (namespace === void 0 || one.namespace === namespace)
    );
    const answering = fits.filter((one) => one.behind.size > 0);
    const named = answering.length > 0 || !called ? answering : fits;
    const [only] = named;
    if (only === void 0 || named.length > 1) return void 0;
    const [behind] = only.behind.values();
    const mesh = behind?.mesh ?? only.called?.mesh ?? null;
    const place = { cluster: only.cluster, namespace: only.namespace, name: only.name };
    return this.resolve({ ...place, kind: "service", mesh, service: behind?.service ?? only.name });
  }
  /** One object for all that are alike, with every mesh in front of it: what is worked out of it is worked out once. */
  same(end) {
    const { service, app, reason, kind } = end;
    const isPlaced = WORKLOADS.has(kind) || kind === "service";
    const key = JSON.stringify([
      identityKey(end),
      isPlaced ? 0 : end.mesh ?? "",
      service ?? 0,
      app ?? 0,
      reason ?? 0
    ]);
    const known2 = this.ends.get(key);
    if (known2 !== void 0) return known2;
    const made = isPlaced ? this.withMeshes(this.withService(end)) : end;
    this.ends.set(key, made);
    return made;
  }
  /** A proxy that does not say its own service stands behind the one that its callers name, if they name but one. */
  withService(end) {
    if (end.service !== void 0 || end.kind === "service") return end;
    const [service, another] = this.servicesOf.get(workloadKey(end)) ?? [];
    return service === void 0 || another !== void 0 ? end : { ...end, service };
  }
  /** A service's meshes are those of what stands behind it: a caller of another mesh does not know them. */
  withMeshes(end) {
    const meshes = /* @__PURE__ */ new Set();
    for (const key of this.workloadsAt(end)) for (const mesh2 of this.reported.get(key) ?? []) meshes.add(mesh2);
    const sorted = [...meshes].sort();
    const [mesh] = sorted;
    if (mesh === void 0 || sorted.length === 1 && mesh === end.mesh) return end;
    return sorted.length === 1 ? { ...end, mesh } : { ...end, mesh, meshes: sorted };
  }
};
function areStrangers(a, b) {
  const own = new Set(meshesOf(a));
  const other2 = meshesOf(b);
  return own.size > 0 && other2.length > 0 && !other2.some((mesh) => own.has(mesh));
}

// lib/query/row-layout.ts
var layouts = /* @__PURE__ */ new WeakMap();
function layoutOf(row) {
  const known2 = layouts.get(row);
  if (known2 !== void 0 && known2.size === row.columns.length) return known2;
  const made = layOut(row);
  layouts.set(row, made);
  return made;
}
function securityColumn({ unit, security, reason }, at) {
  if (reason === void 0) return { at, unit, security };
  return { at, unit, security, reasonKey: securityReasonKey(unit, security, reason) };
}
function layOut({ columns, schemes }) {
  const classes = [];
  const flags = [];
  const hosts = [];
  const security = [];
  const counters = [];
  const latency = schemes.map(({ of, bounds }) => ({ of, bounds, buckets: bounds.map(() => -1).concat(-1), sum: -1 }));
  columns.forEach((column, at) => {
    if (column.kind === "class") {
      const { code, grpcStatus } = column;
      classes.push({ at, key: `${code}/${grpcStatus}`, code, grpcStatus, outcome: outcomeOf(code, grpcStatus) });
    } else if (column.kind === "flag") flags.push({ at, name: column.flag });
    else if (column.kind === "host") hosts.push({ at, name: column.host });
    else if (column.kind === "security") security.push(securityColumn(column, at));
    else if (column.kind === "counter") counters.push({ at, name: column.name });
    else {
      const scheme = latency[column.scheme];
      if (scheme === void 0) return;
      if (column.kind === "bucket") scheme.buckets[column.index] = at;
      else scheme.sum = at;
    }
  });
  return { size: columns.length, classes, flags, hosts, security, counters, latency };
}
var NothingMap = class extends Map {
  set() {
    throw new Error("nothing may be added to statistics that hold nothing of this kind");
  }
};
var NothingSet = class extends Set {
  add() {
    throw new Error("nothing may be added to statistics that hold nothing of this kind");
  }
};
var NO_SHARES = new NothingMap();
var NO_TLS = new NothingMap();
var NO_NAMES = new NothingSet();
var NO_PRINCIPALS = { source: NO_NAMES, destination: NO_NAMES };
function statsFor(rows) {
  const { classes, flags, hosts, security, securityReasons, counters } = ratesFor(rows);
  const named = rows.some(({ principals }) => principals.source.size + principals.destination.size > 0);
  return {
    classes,
    flags,
    hosts,
    security,
    securityReasons,
    latency: null,
    latencyOf: null,
    counters,
    principals: named ? { source: /* @__PURE__ */ new Set(), destination: /* @__PURE__ */ new Set() } : NO_PRINCIPALS,
    tls: /* @__PURE__ */ new Map(),
    families: /* @__PURE__ */ new Set(),
    reporters: /* @__PURE__ */ new Set()
  };
}
function ratesFor(rows) {
  return {
    classes: /* @__PURE__ */ new Map(),
    flags: rows.some((row) => layoutOf(row).flags.length > 0) ? /* @__PURE__ */ new Map() : NO_SHARES,
    hosts: rows.some((row) => layoutOf(row).hosts.length > 0) ? /* @__PURE__ */ new Map() : NO_SHARES,
    security: {
      requests: { mutual: 0, tls: 0, plaintext: 0, unknown: 0 },
      connections: { mutual: 0, tls: 0, plaintext: 0, unknown: 0 }
    },
    securityReasons: /* @__PURE__ */ new Map(),
    latency: null,
    latencyOf: null,
    counters: /* @__PURE__ */ new Map(),
    principals: NO_PRINCIPALS,
    tls: NO_TLS,
    families: NO_NAMES,
    reporters: NO_NAMES
  };
}
function bumpAll(map, columns, values, scale) {
  for (const { at, name } of columns) {
    if (at < values.length) map.set(name, (map.get(name) ?? 0) + (values[at] ?? 0) * scale);
  }
}
function addNumbers(stats, row, values, scale) {
  const { classes, flags, hosts, security, counters } = layoutOf(row);
  for (const { at, key, code, grpcStatus } of classes) {
    if (at >= values.length) continue;
    const count = (values[at] ?? 0) * scale;
    const known2 = stats.classes.get(key);
    if (known2 === void 0) stats.classes.set(key, { code, grpcStatus, count });
    else known2.count += count;
  }
  bumpAll(stats.flags, flags, values, scale);
  bumpAll(stats.hosts, hosts, values, scale);
  for (const { at, unit, security: kind, reasonKey: reasonKey2 } of security) {
    const count = (values[at] ?? 0) * scale;
    stats.security[unit][kind] += count;
    if (reasonKey2 !== void 0 && count > 0) {
      stats.securityReasons.set(reasonKey2, (stats.securityReasons.get(reasonKey2) ?? 0) + count);
    }
  }
  bumpAll(stats.counters, counters, values, scale);
}
function histogramOf({ bounds, buckets, sum }, values) {
  let any = false;
  const counts = new Array(buckets.length);
  for (let i = 0; i < buckets.length; i++) {
    const count = values[buckets[i] ?? -1] ?? 0;
    counts[i] = count;
    any ||= count > 0;
  }
  return any ? { scheme: "explicit", bounds, counts, sum: values[sum] ?? 0 } : null;
}
function addLatencies(stats, row, values) {
  for (const columns of layoutOf(row).latency) {
    const own = histogramOf(columns, values);
    if (own === null) continue;
    stats.latency = stats.latency === null ? own : mergeHistograms(stats.latency, own);
    stats.latencyOf = stats.latencyOf === null || stats.latencyOf === columns.of ? columns.of : "mixed";
  }
}

// lib/query/route-rows.ts
function endpointRows(edges) {
  const routed = /* @__PURE__ */ new Set();
  for (const edge of edges) {
    if (edge.rows.some((row) => row.reporter === "outboundRoute")) routed.add(identityKey(edge.source));
  }
  const bySource = /* @__PURE__ */ new Map();
  if (routed.size === 0) return bySource;
  for (const edge of edges) {
    const source = identityKey(edge.source);
    if (!routed.has(source) || !edge.rows.some((row) => row.reporter === "outbound")) continue;
    bySource.set(source, [...bySource.get(source) ?? [], edge]);
  }
  return bySource;
}
function askedFor(row, { name, namespace }) {
  return layoutOf(row).hosts.some(({ name: host }) => {
    const inside = inClusterHost(host);
    return inside?.name === name && inside.namespace === namespace;
  });
}
function countedBy(edge, endpoints) {
  if (!edge.rows.some((row) => row.reporter === "outboundRoute")) return [];
  const behind = new Set(edge.targetWorkloads);
  return (endpoints.get(identityKey(edge.source)) ?? []).flatMap((other2) => {
    if (other2.rows === edge.rows || other2.protocol === "tcp" !== (edge.protocol === "tcp")) return [];
    const outbound = other2.rows.filter((row) => row.reporter === "outbound");
    const isSame2 = other2.service === edge.service || behind.has(workloadKey(other2.target));
    const rows = isSame2 ? outbound : outbound.filter((row) => askedFor(row, edge.target));
    return rows.length === 0 ? [] : [{ by: other2, rows }];
  });
}
function routeRows(edges) {
  const endpoints = endpointRows(edges);
  const counted = edges.map((edge) => countedBy(edge, endpoints));
  const extras = /* @__PURE__ */ new Map();
  counted.forEach((by, i) => {
    const [only] = by;
    if (only === void 0 || by.length > 1) return;
    const routes = edges[i]?.rows.filter((row) => row.reporter === "outboundRoute") ?? [];
    extras.set(only.by, [...extras.get(only.by) ?? [], ...routes]);
  });
  return edges.map((edge, i) => {
    const elsewhere = (counted[i] ?? []).flatMap(({ rows }) => rows);
    return { elsewhere, extras: extras.get(edge) ?? [] };
  });
}

// lib/model/span-side.ts
var agree = (a, b) => a === "" || b === "" || a === b;

// lib/query/span-ends.ts
var REAL2 = /* @__PURE__ */ new Set(["workload", "app", "service", "gateway", "waypoint"]);
function nodeOf(end) {
  if (!REAL2.has(end.kind)) return end;
  const { version: _version, app: _app, ...rest } = end;
  if (end.kind === "gateway" || end.kind === "waypoint") return rest;
  const service = end.service ?? end.name;
  return { cluster: end.cluster, namespace: end.namespace, kind: "service", name: service, mesh: end.mesh, service };
}
var Names = class {
  byName = /* @__PURE__ */ new Map();
  note(name, node) {
    const known2 = this.byName.get(name);
    const key = identityKey(node);
    if (known2 === void 0) this.byName.set(name, /* @__PURE__ */ new Map([[key, node]]));
    else if (!known2.has(key)) known2.set(key, node);
  }
  /** Those that may be `end` under this name. */
  fitting(end, name, namespace) {
    const real = REAL2.has(end.kind);
    return [...this.byName.get(name)?.values() ?? []].filter(
      (node) => (real ? REAL2.has(node.kind) : node.kind === end.kind) && agree(node.cluster, end.cluster) && (!real || agree(node.namespace, namespace))
    );
  }
};
var SpanEnds = class {
  metrics = new Names();
  spans = new Names();
  places = /* @__PURE__ */ new Map();
  constructor(rows) {
    for (const { edge, reporter } of rows) {
      for (const end of [edge.source, edge.target]) {
        if (reporter === "span") this.noteSpan(end);
        else this.noteMetric(end);
      }
    }
  }
  noteMetric(end) {
    if (end.kind === "unknown") return;
    const node = nodeOf(end);
    for (const name of /* @__PURE__ */ new Set([end.service ?? end.name, end.name])) this.metrics.note(name, node);
  }
  /** Only one that says where it is can stand for one that does not. */
  noteSpan(end) {
    if (REAL2.has(end.kind) && end.namespace !== "") this.spans.note(end.name, end);
  }
  /** The row's edge as it stands in the graph; the very same object where nothing was placed. */
  edge({ edge, reporter }) {
    if (reporter !== "span") return edge;
    const [source, target] = [this.place(edge.source), this.place(edge.target)];
    return source === edge.source && target === edge.target ? edge : { ...edge, source, target };
  }
  place(end) {
    if (end.kind === "unknown") return end;
    const key = identityKey(end);
    const known2 = this.places.get(key);
    if (known2 !== void 0) return known2;
    const made = this.find(end);
    this.places.set(key, made);
    return made;
  }
  find(end) {
    const [found, ...more] = this.metrics.fitting(end, end.name, end.namespace);
    if (found !== void 0) return more.length === 0 ? found : end;
    if (!REAL2.has(end.kind)) return end;
    const dot = end.namespace === "" ? end.name.lastIndexOf(".") : -1;
    const [name, namespace] = [end.name.slice(0, dot), end.name.slice(dot + 1)];
    if (dot > 0) {
      const [split2, ...others] = this.metrics.fitting(end, name, namespace);
      if (split2 !== void 0 && others.length === 0) return split2;
    }
    const fuller = (dot > 0 ? this.spans.fitting(end, name, namespace) : []).concat(
      this.spans.fitting(end, end.name, end.namespace)
    );
    const best = fuller.filter(({ cluster }) => end.cluster !== "" || cluster !== "" || end.namespace === "");
    const most = best.some(({ cluster }) => cluster !== "") ? best.filter(({ cluster }) => cluster !== "") : best;
    const [only, ...rest] = most;
    return only !== void 0 && rest.length === 0 ? only : end;
  }
};

// lib/query/edge-index.ts
var EdgeIndex = class {
  built = null;
  indexed = [];
  places = new Places([]);
  aliases = new AliasBook([]);
  spanEnds = new SpanEnds([]);
  edges(rows, books = NO_JOINS) {
    const built = { rows, size: rows.length, addresses: addressesOf(rows), books, spans: books.spans.generation };
    if (this.built !== null && isSame(this.built, built)) return this.indexed;
    if (this.built?.books !== books) this.aliases = new AliasBook(books.aliases);
    this.built = built;
    this.places = new Places(rows);
    this.spanEnds = new SpanEnds(rows);
    const byKey = /* @__PURE__ */ new Map();
    for (const row of metricsFirst(rows)) {
      const made = this.index(row, books);
      const known2 = byKey.get(made.key);
      if (known2 === void 0) byKey.set(made.key, made);
      else {
        known2.rows.push(row);
        if (row.reporter === "span" && known2.rows[0]?.reporter !== "span") continue;
        const { join, candidate } = made;
        if (join !== "same_key") byKey.set(made.key, { ...known2, join, candidate: known2.candidate ?? candidate });
        else if (known2.candidate === null && candidate !== null) byKey.set(made.key, { ...known2, candidate });
      }
    }
    const gathered = [...byKey.values()];
    const routes = routeRows(gathered);
    this.indexed = gathered.map((edge, i) => ({ ...edge, choices: choicesOf(edge.rows, routes[i]) }));
    return this.indexed;
  }
  place(source, target, protocol, join) {
    return {
      target,
      join,
      ends: `${identityKey(source)}${identityKey(target)}`,
      service: JSON.stringify([protocol === "tcp", this.places.arrivalsAt(target)]),
      targetWorkloads: this.places.workloadsAt(target)
    };
  }
  index(row, books) {
    const isSpan2 = row.reporter === "span";
    const edge = this.spanEnds.edge(row);
    const resolved = { source: this.places.resolve(edge.source), target: this.places.resolve(edge.target) };
    const isSame2 = resolved.source === row.edge.source && resolved.target === row.edge.target;
    const join = isSame2 ? "same_key" : isSpan2 ? "span_name" : "service_host";
    const source = this.places.same(resolved.source);
    const target = this.places.same(resolved.target);
    const { protocol, layer } = edge;
    const key = edgeKey({ source, target, protocol, layer });
    const found = isSpan2 ? void 0 : this.peer(source, target, books);
    const candidate = found === void 0 ? null : this.place(source, found.target, protocol, found.join);
    return { key, source, protocol, layer, ...this.place(source, target, protocol, join), candidate, rows: [row] };
  }
  /** The service of another mesh behind a target that nobody answered for; undefined where no book knows one. */
  peer(source, target, books) {
    const host = hostOf(target);
    if (host === void 0 || this.places.workloadsAt(target).length > 0) return void 0;
    const elsewhere = target.kind === "service" ? { peer: { namespace: target.namespace, service: target.name }, join: "service_host" } : void 0;
    const { aliases } = this;
    const told = peerBehind(source, host, { books, aliases, known: this.places.addresses });
    for (const found of [elsewhere, told]) {
      const place = found === void 0 ? void 0 : this.places.find(found.peer, found.join !== "service_host");
      if (found !== void 0 && place !== void 0) return { target: this.places.same(place), join: found.join };
    }
    return void 0;
  }
};
function metricsFirst(rows) {
  const spans = rows.filter(({ reporter }) => reporter === "span");
  return spans.length === 0 ? rows : [...rows.filter(({ reporter }) => reporter !== "span"), ...spans];
}
function addressesOf(rows) {
  let count = 0;
  for (const { addresses } of rows) count += addresses?.size ?? 0;
  return count;
}
function isSame(a, b) {
  const { rows, size, addresses, books, spans } = b;
  return a.rows === rows && a.size === size && a.addresses === addresses && a.books === books && a.spans === spans;
}

// lib/query/ambient-legs.ts
var NOTHING = { below: /* @__PURE__ */ new Map(), waypoints: /* @__PURE__ */ new Map() };
var pair = (source, target) => `${source}${target}`;
var placeOf = ({ cluster, namespace }) => JSON.stringify([cluster, namespace]);
function push(map, key, item) {
  const list = map.get(key);
  if (list === void 0) map.set(key, [item]);
  else list.push(item);
}
var Relations = class {
  below = /* @__PURE__ */ new Map();
  waypoints = /* @__PURE__ */ new Map();
  edges;
  /** Keys of the nodes that are waypoints. */
  known = /* @__PURE__ */ new Set();
  legPairs;
  /** By callee, the waypoints from which node proxies saw connections arrive. */
  arriving = /* @__PURE__ */ new Map();
  bySource = /* @__PURE__ */ new Map();
  byTarget = /* @__PURE__ */ new Map();
  constructor(edges) {
    this.edges = edges.map((edge) => ({ edge, source: workloadKey(edge.source), target: workloadKey(edge.target) }));
    this.learn();
    const legs = this.edges.filter(({ source, target }) => this.known.has(source) !== this.known.has(target));
    this.legPairs = new Set(legs.map(({ source, target }) => pair(source, target)));
    for (const { edge, source, target } of legs) {
      if (this.known.has(source) && edge.rows.some(({ below }) => below)) push(this.arriving, target, source);
    }
    for (const edge of this.edges) this.report(edge);
    for (const leg of legs) this.leg(leg);
    this.direct();
  }
  /** Which nodes are waypoints: by name, or by configuration where connections of that node are known. */
  learn() {
    const ends = /* @__PURE__ */ new Set();
    const vias = /* @__PURE__ */ new Set();
    for (const { edge, source, target } of this.edges) {
      if (edge.source.kind === "waypoint") this.known.add(source);
      if (edge.target.kind === "waypoint") this.known.add(target);
      ends.add(source).add(target);
      for (const { via } of edge.rows) for (const key of via ?? []) vias.add(key);
    }
    for (const key of vias) if (ends.has(key)) this.known.add(key);
  }
  report({ edge, source, target }) {
    let rows = edge.rows.filter(({ reporter }) => reporter === "waypoint");
    if (rows.length === 0 && edge.layer === "L7" && this.passes(source, target)) {
      rows = edge.rows.filter(({ reporter }) => reporter === "destination");
    }
    if (rows.length === 0) return;
    this.waypoints.set(edge, rows);
    const vias = new Set(rows.flatMap(({ via }) => [...via ?? []]).filter((key) => this.known.has(key)));
    const targets2 = [.../* @__PURE__ */ new Set([target, ...edge.targetWorkloads])];
    const made = { edge, rows, source, targets: targets2, vias };
    push(this.bySource, source, made);
    for (const key of targets2) push(this.byTarget, key, made);
  }
  /** Whether node proxies tell of both legs through one waypoint. */
  passes(source, target) {
    if (this.known.has(source) || this.known.has(target)) return false;
    return this.arriving.get(target)?.some((waypoint) => this.legPairs.has(pair(source, waypoint))) === true;
  }
  leg({ edge, source, target }) {
    const into = this.known.has(target);
    const [waypoint, key] = into ? [edge.target, target] : [edge.source, source];
    const candidates = into ? this.bySource.get(source) : this.byTarget.get(target);
    const found = (candidates ?? []).filter((reported) => {
      if (reported.edge === edge) return false;
      if (reported.vias.size > 0) return reported.vias.has(key);
      const others = into ? reported.targets.map((to) => pair(key, to)) : [pair(reported.source, key)];
      return others.some((other2) => this.legPairs.has(other2)) || placeOf(waypoint) === placeOf(reported.edge.target);
    });
    if (found.length === 0) return;
    const by = found.flatMap(({ rows }) => rows);
    this.below.set(edge, { by, above: null, carries: found.map((reported) => reported.edge) });
  }
  /**
   * What a node proxy counts between two ends of which one has a proxy of its own that counts requests. What it says of
   * arrivals is what a sidecar at the source sent, and what it says of sending is what a sidecar at the destination
   * received; the rest is of pods that have no sidecar (yet).
   */
  direct() {
    const requests = /* @__PURE__ */ new Map();
    for (const { edge, source, target } of this.edges) {
      if (edge.layer === "L7" && !this.waypoints.has(edge)) push(requests, pair(source, target), edge);
    }
    for (const { edge, source, target } of this.edges) {
      if (edge.protocol !== "tcp" || this.below.has(edge) || !edge.rows.some(({ below }) => below)) continue;
      const carries = requests.get(pair(source, target)) ?? [];
      const by = carries.flatMap(({ rows }) => rows.filter((row) => row.hasRequests));
      const has = (arrived2) => by.some(({ reporter }) => reporter === "destination" === arrived2);
      const [sent, arrived] = [has(false), has(true)];
      const above = edge.rows.filter(({ below, reporter }) => !below || !(reporter === "destination" ? sent : arrived));
      if (above.length < edge.rows.length)
        this.below.set(edge, { by, above: above.length === 0 ? null : choicesOf(above), carries });
    }
  }
};
var known = /* @__PURE__ */ new WeakMap();
function ambientOf(edges) {
  const found = known.get(edges);
  if (found !== void 0) return found;
  const any = edges.some(({ rows }) => rows.some(({ below: below2, reporter }) => below2 || reporter === "waypoint"));
  const { below, waypoints } = any ? new Relations(edges) : NOTHING;
  const made = { below, waypoints };
  known.set(edges, made);
  return made;
}
function refused(stats) {
  let failed = 0;
  for (const count of stats.flags.values()) failed += count;
  if (failed === 0) return void 0;
  const made = emptyStats();
  for (const [flag, count] of stats.flags) made.flags.set(flag, count);
  const denied = stats.counters.get("denied");
  if (denied !== void 0) made.counters.set("denied", denied);
  made.counters.set("closed", failed);
  for (const family of stats.families) made.families.add(family);
  for (const reporter of stats.reporters) made.reporters.add(reporter);
  return made;
}
function total({ mutual, tls, plaintext, unknown }) {
  return mutual + tls + plaintext + unknown;
}
function securityOf(legs) {
  let worst;
  const share = ({ connections }) => connections.mutual / total(connections);
  for (const { security, families, reporters } of legs) {
    if (total(security.connections) === 0) continue;
    const family = [...families].sort().find((name) => name.includes("opened")) ?? "";
    const leg = { connections: security.connections, family, reporter: [...reporters].sort()[0] ?? "" };
    if (worst === void 0 || share(leg) < share(worst)) worst = leg;
  }
  return worst;
}
function standingFacts(edges, speaks, factOf2) {
  const { below, waypoints } = ambientOf(edges);
  if (below.size === 0 && waypoints.size === 0) return edges.flatMap((edge) => factOf2(edge) ?? []);
  const legs = /* @__PURE__ */ new Map();
  const facts = [];
  for (const edge of edges) {
    const under = below.get(edge);
    const fact = factOf2(edge);
    if (fact === null) continue;
    if (under === void 0 || !under.by.some(speaks)) {
      facts.push({ edge, fact });
      continue;
    }
    for (const carried of under.carries) legs.set(carried, [...legs.get(carried) ?? [], fact.counts]);
    if (under.above !== null) {
      const above = factOf2({ ...edge, choices: under.above });
      if (above !== null) facts.push({ edge, fact: above });
    } else {
      const counts = refused(fact.counts);
      const perSec = refused(fact.perSec);
      if (counts !== void 0 && perSec !== void 0)
        facts.push({
          edge,
          fact: { ...fact, counts, perSec, flow: { ...fact.flow, volume: { counts: 0, perSec: 0 } } }
        });
    }
  }
  return facts.map(({ edge, fact }) => {
    const security = securityOf(legs.get(edge) ?? []);
    const viaWaypoint = waypoints.get(edge)?.some(speaks) === true;
    return {
      ...fact,
      ...viaWaypoint ? { viaWaypoint: true, note: "through_waypoint" } : {},
      ...security === void 0 ? {} : { legs: security }
    };
  });
}

// lib/query/edge-denied.ts
var deniedIn = (stats) => stats.counters.get("denied") ?? 0;
function isArrival({ counts }) {
  return counts.reporters.has("inbound");
}
function denialsOf(facts) {
  const denials = /* @__PURE__ */ new Map();
  for (const fact of facts) {
    if (!isArrival(fact) || deniedIn(fact.counts) === 0) continue;
    const known2 = denials.get(fact.service) ?? { counts: 0, perSec: 0 };
    denials.set(fact.service, known2);
    known2.counts += deniedIn(fact.counts);
    known2.perSec += deniedIn(fact.perSec);
  }
  return denials;
}
function deniable({ counts, protocol }) {
  if (protocol === "tcp") return counts.counters.get("opened") ?? 0;
  let forbidden = 0;
  for (const { code, count } of counts.classes.values()) if (code === "403") forbidden += count;
  return forbidden;
}
function withDenied(stats, denied) {
  return { ...stats, counters: new Map(stats.counters).set("denied", deniedIn(stats) + denied) };
}
function giveDenials(denials, facts) {
  if (denials.size === 0) return facts;
  const callers = /* @__PURE__ */ new Map();
  const unnamed = /* @__PURE__ */ new Set();
  for (const fact of facts) {
    if (!denials.has(fact.service)) continue;
    if (isArrival(fact)) unnamed.add(fact.service);
    else if (deniable(fact) > 0) callers.set(fact.service, [...callers.get(fact.service) ?? [], fact]);
  }
  return facts.map((fact) => {
    const denied = denials.get(fact.service);
    const [only, ...others] = callers.get(fact.service) ?? [];
    if (denied === void 0 || only !== fact || others.length > 0 || unnamed.has(fact.service)) return fact;
    const share = Math.min(1, deniable(fact) / denied.counts);
    const counts = withDenied(fact.counts, denied.counts * share);
    return { ...fact, counts, perSec: withDenied(fact.perSec, denied.perSec * share) };
  });
}

// lib/query/counting-family.ts
var COUNTS = {
  requests: /requests|_rq|response_total|statuses/,
  connections: /opened|_cx_total|_open_total/
};
function countingFamily(families, unit) {
  const sorted = [...families].sort();
  return sorted.find((family) => COUNTS[unit].test(family)) ?? sorted[0] ?? "";
}

// lib/query/edge-arrivals.ts
var REMAINDER_NOISE = 0.05;
var WHOLE = { stays: 1, joined: 0 };
var OF = ["counts", "perSec"];
var none = () => ({ counts: 0, perSec: 0 });
function add(to, volume) {
  for (const of of OF) to[of] += volume[of];
}
var Arrivals = class {
  identified = none();
  unidentified = none();
  /** Of senders in the service's own mesh, and of the others. */
  within = none();
  across = none();
  nameableWithin = none();
  nameableAcross = none();
  hosts = none();
  hasTold = false;
  hasNameless = false;
  hasNamed = false;
  take(flow) {
    if (flow.role === "told" || flow.role === "nameless") {
      this.hasTold ||= flow.role === "told";
      this.hasNameless ||= flow.role === "nameless";
      add(flow.identified ? this.identified : this.unidentified, flow.volume);
      return;
    }
    this.hasNamed = true;
    if (flow.role !== "sent") return;
    if (flow.nameable) add(flow.within ? this.nameableWithin : this.nameableAcross, flow.volume);
    else add(flow.within ? this.within : this.across, flow.volume);
  }
  /** A call to a host that may be this service. */
  claim(volume) {
    add(this.hosts, volume);
  }
  /** Senders whom a destination of Istio would have named explain only what is told of all callers. */
  sent(of) {
    const within = this.within[of] + (this.hasTold ? this.nameableWithin[of] : 0);
    return { within, across: this.across[of] + (this.hasTold ? this.nameableAcross[of] : 0) };
  }
  /** What no sender accounts for: senders of the own mesh have identities, and those of others have none. */
  left(of) {
    const { within, across } = this.sent(of);
    const rest = (volume, sent) => Math.max(0, volume - sent);
    const overWithin = rest(within, this.identified[of]);
    const overAcross = rest(across + overWithin, this.unidentified[of]);
    return {
      identified: rest(this.identified[of], within + overAcross),
      unidentified: rest(this.unidentified[of], across + overWithin)
    };
  }
  get sentCounts() {
    const { within, across } = this.sent("counts");
    return within + across;
  }
  get claimed() {
    return this.sentCounts + this.joined * this.hosts.counts;
  }
  /** Of what arrived, the share that stays without a name, once `joined` of the calls to hosts are taken from it. */
  stays(identified, joined) {
    const arrived = identified ? this.identified : this.unidentified;
    const others = this.hasNamed || joined > 0;
    if (arrived.counts === 0) return others ? 0 : 1;
    if (this.sentCounts === 0 && joined * this.hosts.counts === 0) return 1;
    const shares = OF.map((of) => {
      const left = this.left(of)[identified ? "identified" : "unidentified"];
      const taken = identified ? 0 : joined * this.hosts[of];
      return arrived[of] > 0 ? Math.max(0, left - taken) / arrived[of] : 0;
    });
    const share = Math.min(...shares);
    return share < REMAINDER_NOISE ? 0 : share;
  }
  /** Whether anything is left that neither senders nor calls to hosts account for, beyond jitter. */
  get isOpen() {
    if (!this.hasNamed && this.hosts.counts === 0) return false;
    return [true, false].some((identified) => this.stays(identified, this.joined) >= REMAINDER_NOISE);
  }
  /**
   * Of the calls to hosts that may be this service, the share that arrived there. Proxies are read at different moments:
   * the greater share holds. Where the service's proxies tell of no arrivals at all, nothing speaks against it.
   */
  get joined() {
    if (!this.hasTold && !this.hasNameless) return 1;
    if (this.stays(false, 0) === 0) return 0;
    const shares = OF.map((of) => this.hosts[of] > 0 ? this.left(of).unidentified / this.hosts[of] : 0);
    const share = Math.min(1, Math.max(...shares));
    if (share > 1 - REMAINDER_NOISE) return 1;
    return share < REMAINDER_NOISE ? 0 : share;
  }
};
function apportion(flows) {
  if (!flows.some(({ role, candidate }) => role === "told" || role === "nameless" || candidate !== null)) {
    return { shares: flows.map(() => WHOLE), open: /* @__PURE__ */ new Map() };
  }
  const services = /* @__PURE__ */ new Map();
  const at = (service) => {
    const known2 = services.get(service) ?? new Arrivals();
    services.set(service, known2);
    return known2;
  };
  for (const flow of flows) {
    at(flow.service).take(flow);
    if (flow.candidate !== null) at(flow.candidate).claim(flow.volume);
  }
  const joined = /* @__PURE__ */ new Map();
  for (const { candidate } of flows) if (candidate !== null) joined.set(candidate, at(candidate).joined);
  const open = /* @__PURE__ */ new Map();
  for (const [service, arrivals] of services) if (arrivals.isOpen) open.set(service, arrivals.claimed);
  const shares = flows.map(({ service, role, identified, candidate }) => {
    const join = candidate === null ? 0 : joined.get(candidate) ?? 0;
    if (role !== "told" && role !== "nameless") return join === 0 ? WHOLE : { stays: 1 - join, joined: join };
    return { stays: at(service).stays(identified, joined.get(service) ?? 0), joined: 0 };
  });
  return { shares, open };
}

// lib/query/edge-joined.ts
function scaleStats(stats, share) {
  const made = emptyStats();
  addStats(made, stats);
  for (const one of made.classes.values()) one.count *= share;
  for (const map of [made.flags, made.hosts, made.securityReasons])
    for (const [key, value] of map) map.set(key, value * share);
  for (const [key, value] of made.counters) made.counters.set(key, value * share);
  for (const counts of [made.security.requests, made.security.connections]) {
    for (const key of ["mutual", "tls", "plaintext", "unknown"]) counts[key] *= share;
  }
  if (made.latency !== null) made.latency = scaleHistogram(made.latency, share);
  return made;
}
function scaled(seen, share) {
  return share === 1 ? seen : { counts: scaleStats(seen.counts, share), perSec: scaleStats(seen.perSec, share) };
}
function scaledFact(fact, share) {
  if (share === 1) return fact;
  const caller = fact.caller === null ? null : scaled(fact.caller, share);
  return { ...fact, ...scaled(fact, share), part: fact.part * share, caller };
}
var isArrival2 = ({ flow }) => flow.role === "told" || flow.role === "nameless";
function joinedOrigin(key) {
  return `${key}~`;
}
function split(fact, { stays, joined }) {
  const { candidate } = fact;
  if (candidate === null) return [fact];
  if (joined === 0) return [{ ...fact, note: fact.note ?? "not_arrived" }];
  const origin = joinedOrigin(fact.origin);
  const part = { ...scaledFact(fact, joined), ...candidate, candidate: null, origin };
  if (stays === 0) return [part];
  return [
    { ...part, note: part.note ?? "joined_part" },
    { ...scaledFact(fact, stays), note: fact.note ?? "not_arrived" }
  ];
}
var sumOf2 = (counts) => counts.mutual + counts.tls + counts.plaintext + counts.unknown;
function toldOf(facts, crossing) {
  const services = /* @__PURE__ */ new Map();
  const wanted = new Set(crossing.map((fact) => fact.service));
  for (const fact of facts) {
    if (!isArrival2(fact) || fact.flow.identified || !wanted.has(fact.service)) continue;
    const known2 = services.get(fact.service) ?? {
      seen: { counts: emptyStats(), perSec: emptyStats() },
      volume: 0,
      sent: 0
    };
    services.set(fact.service, known2);
    addStats(known2.seen.counts, fact.counts);
    addStats(known2.seen.perSec, fact.perSec);
    known2.volume += fact.flow.volume.counts;
  }
  for (const fact of crossing) {
    const told = services.get(fact.service);
    if (told !== void 0) told.sent += requestsOf(fact);
  }
  return services;
}
function requestsOf({ counts, protocol }) {
  if (protocol === "tcp") return counts.counters.get("opened") ?? 0;
  const left = sumOf2(counts.security.requests);
  if (left > 0) return left;
  let total3 = 0;
  for (const { count } of counts.classes.values()) total3 += count;
  return total3;
}
function withSecurity(told, fact, isOnlyCaller) {
  const unit = fact.protocol === "tcp" ? "connections" : "requests";
  const { security, securityReasons } = told.seen.counts;
  const counts = security[unit];
  const total3 = sumOf2(counts);
  if (total3 <= 0 || counts.unknown >= total3) return void 0;
  const isUniform = [counts.mutual, counts.tls, counts.plaintext].some((count) => count >= total3);
  if (!isOnlyCaller && !isUniform) return void 0;
  const scale = requestsOf(fact) / total3;
  const own = {
    mutual: counts.mutual * scale,
    tls: counts.tls * scale,
    plaintext: counts.plaintext * scale,
    unknown: counts.unknown * scale
  };
  const reasons = [...securityReasons].map(([key, count]) => [key, count * scale]);
  return { ...fact.counts, security: { ...fact.counts.security, [unit]: own }, securityReasons: new Map(reasons) };
}
function withCallee(fact, told) {
  const sent = requestsOf(fact);
  if (sent <= 0 || told.volume <= 0) return { ...fact, calleeKnows: true };
  const isOnlyCaller = sent >= (1 - REMAINDER_NOISE) * Math.max(told.volume, told.sent);
  const callee = isOnlyCaller ? told.seen : null;
  const counts = withSecurity(told, fact, isOnlyCaller);
  if (counts === void 0) return { ...fact, callee, calleeKnows: true };
  const { reporters, families } = told.seen.counts;
  const family = countingFamily(families, fact.protocol === "tcp" ? "connections" : "requests");
  const by = { reporter: [...reporters].sort()[0] ?? "", family };
  return { ...fact, callee, counts, securityBy: by };
}
function joinFacts(facts, unheardOf) {
  const { shares, open } = apportion(facts.map(({ flow }) => flow));
  const unheard = unheardOf(open);
  const made = [];
  facts.forEach((fact, i) => {
    const share = shares[i] ?? { stays: 1, joined: 0 };
    if (!isArrival2(fact)) made.push(...split(fact, share));
    else if (!unheard.has(fact.service) && share.stays === 1) made.push(fact);
    else if (!unheard.has(fact.service) && share.stays > 0) {
      made.push({ ...scaledFact(fact, share.stays), note: "inbound_remainder" });
    }
  });
  const isCrossing = (fact) => fact.flow.role === "sent" && areStrangers(fact.source, fact.target) && fact.targetWorkloads.length > 0;
  const crossing = made.filter(isCrossing);
  if (crossing.length === 0) return made;
  const told = toldOf(facts, crossing);
  return made.map((fact) => {
    const by = isCrossing(fact) ? told.get(fact.service) : void 0;
    return by === void 0 ? fact : withCallee(fact, by);
  });
}

// lib/query/edge-parts.ts
var SENDERS2 = /* @__PURE__ */ new Set(["source", "sourceOnly", "outbound", "outboundRoute"]);
function roleOf({ source }, main) {
  const has = (reporter) => main.some((row) => row.reporter === reporter);
  if (has("inbound")) return "told";
  if (source.kind === "unknown" && (has("destination") || has("waypoint"))) return "nameless";
  return main.some((row) => SENDERS2.has(row.reporter)) ? "sent" : "other";
}
function flowIn(edge, main) {
  const { source, target, service, candidate } = edge;
  const role = roleOf(edge, main);
  return {
    service,
    role,
    identified: role === "told" && (source.kind !== "unknown" || source.reason === "caller_by_identity"),
    within: !areStrangers(source, target),
    nameable: main.some((row) => row.reporter === "source"),
    candidate: candidate?.service ?? null,
    rows: role === "sent" ? main.filter((row) => SENDERS2.has(row.reporter)) : main
  };
}
var parts = /* @__PURE__ */ new WeakMap();
function partOf(layout, { edge, reporter }) {
  const known2 = parts.get(layout);
  if (known2 !== void 0) return known2;
  const { counters, security, classes } = layout;
  const left = security.filter(({ unit }) => unit === "requests");
  const opened = counters.filter(({ name }) => name === "opened");
  const tellsApart = left.length > 0 || reporter === "sourceOnly";
  const made = (edge.protocol === "tcp" ? opened : tellsApart ? left : classes).map(({ at }) => at);
  parts.set(layout, made);
  return made;
}

// lib/query/unheard-callers.ts
var YOUNG_MS = 6e4;
function unheardServices(claimed, edges, live, isSilent2) {
  if (claimed.size === 0) return /* @__PURE__ */ new Set();
  const services = gather(claimed, edges, live, isSilent2);
  const scans = /* @__PURE__ */ new Map();
  for (const service of services) {
    const intervalMs = Math.max(0, ...service.inbound.map((row) => live.groupIntervalMs(row.group)));
    const until = Math.floor((service.heardMs - intervalMs) / live.slotMs) * live.slotMs;
    const youngMs = Math.max(YOUNG_MS, 3 * intervalMs);
    const scan = scans.get(`${until}/${youngMs}`) ?? { until, youngMs, rows: /* @__PURE__ */ new Map() };
    scans.set(`${until}/${youngMs}`, scan);
    for (const row of service.inbound) scan.rows.set(row.index, [service, row]);
  }
  for (const { until, youngMs, rows } of scans.values()) {
    for (const part of ["settled", "earlier"]) {
      const to = part === "settled" ? until : until - youngMs;
      live.scan(to - youngMs, to, (index2, values) => {
        const found = rows.get(index2);
        if (found !== void 0) found[0][part] += volumeOf(found[1], values);
      });
    }
  }
  const isUnheard = ({ name, settled: settled2, earlier }) => settled2 === 0 || earlier === 0 && settled2 <= (claimed.get(name) ?? 0);
  return new Set(services.filter(isUnheard).map(({ name }) => name));
}
function volumeOf(row, values) {
  const { classes, counters } = layoutOf(row);
  const counted = row.edge.protocol === "tcp" ? counters.filter(({ name }) => name === "opened") : classes;
  return counted.reduce((sum, { at }) => sum + (values[at] ?? 0), 0);
}
function gather(claimed, edges, live, isSilent2) {
  const found = /* @__PURE__ */ new Map();
  const told = edges.flatMap(({ service, candidate, rows }) => [
    { name: service, rows },
    ...candidate === null ? [] : [{ name: candidate.service, rows }]
  ]);
  for (const { name, rows } of told) {
    if (!claimed.has(name)) continue;
    const none2 = { name, inbound: [], heardMs: Number.POSITIVE_INFINITY, settled: 0, earlier: 0 };
    const service = found.get(name) ?? none2;
    found.set(name, service);
    for (const row of rows) {
      if (row.reporter === "inbound") service.inbound.push(row);
      else if (!isSilent2(row))
        service.heardMs = Math.min(service.heardMs, live.groupLastMs(row.group) ?? service.heardMs);
    }
  }
  const readMs = ({ inbound }) => Math.max(...inbound.map((row) => live.groupLastMs(row.group) ?? Number.NEGATIVE_INFINITY));
  return [...found.values()].filter((service) => service.heardMs < readMs(service));
}

// lib/query/edge-facts.ts
var NOTHING2 = new Float64Array(0);
function isSilent({ group }, { live, end, silent }) {
  let known2 = silent.get(group);
  if (known2 === void 0) {
    known2 = silentFromMs(group, live) < end;
    silent.set(group, known2);
  }
  return known2;
}
function see(rows, context) {
  const counts = statsFor(rows);
  const perSec = ratesFor(rows);
  for (const row of rows) {
    const values = context.values.get(row.key) ?? zeros(row);
    const covered = context.coveredMs.get(row.group) ?? 0;
    addNumbers(counts, row, values, 1);
    addLatencies(counts, row, values);
    addRowFacts(counts, row);
    if (covered > 0) addNumbers(perSec, row, values, 1e3 / covered);
  }
  return { counts, perSec };
}
function zeros(row) {
  return row.columns.length === 0 ? NOTHING2 : new Float64Array(row.columns.length);
}
var RESILIENCE = ["retries", "timeouts", "overflow", "ejections", "rateLimited"];
function addExtras(seen, { extras = [] }, context) {
  if (extras.length === 0) return;
  const more = see(extras, context);
  for (const part of ["counts", "perSec"]) {
    for (const name of RESILIENCE) {
      const value = more[part].counters.get(name);
      if (value === void 0) continue;
      seen[part].counters.set(name, (seen[part].counters.get(name) ?? 0) + value);
    }
  }
}
function volumeOf2(rows, context) {
  const volume = { counts: 0, perSec: 0 };
  for (const row of rows) {
    const values = context.values.get(row.key);
    if (values === void 0) continue;
    const covered = context.coveredMs.get(row.group) ?? 0;
    const scale = covered > 0 ? 1e3 / covered : 0;
    for (const at of partOf(layoutOf(row), row)) {
      const count = values[at] ?? 0;
      volume.counts += count;
      volume.perSec += count * scale;
    }
  }
  return volume;
}
function flowOf(edge, main, context) {
  const { rows, ...flow } = flowIn(edge, main);
  return { ...flow, volume: volumeOf2(rows, context) };
}
function speaksIn(context) {
  return (row) => !isSilent(row, context) && (context.coveredMs.get(row.group) ?? 0) > 0;
}
function factOf(edge, context) {
  const { source, target, protocol, layer, join, ends, service, targetWorkloads, candidate } = edge;
  const isPrinted = (row) => {
    const { from, until } = printedMs(row, context.live);
    return from < context.end && until >= context.end;
  };
  const choice = chooseView(edge.choices, speaksIn(context), isPrinted);
  const { main, caller, note, extras = [] } = choice;
  if (main.length + extras.length === 0) return null;
  let coveredMs2 = 0;
  for (const row of [...main, ...extras]) coveredMs2 = Math.max(coveredMs2, context.coveredMs.get(row.group) ?? 0);
  let lastSeenMs = Number.NEGATIVE_INFINITY;
  for (const row of edge.rows) lastSeenMs = Math.max(lastSeenMs, row.lastSeenMs);
  const seen = see(main, context);
  addExtras(seen, choice, context);
  return {
    origin: edge.key,
    source,
    target,
    protocol,
    layer,
    rows: main,
    part: 1,
    join,
    ends,
    service,
    targetWorkloads,
    candidate,
    flow: flowOf(edge, main, context),
    ...seen,
    callee: null,
    caller: caller.length === 0 ? null : see(caller, context),
    coveredMs: coveredMs2,
    stale: main.length > 0 && main.every((row) => isSilent(row, context)),
    ...note === void 0 ? {} : { note },
    lastSeenMs,
    everActive: edge.rows.some((row) => row.everActive),
    transportOnly: edge.rows.every((row) => row.transport)
  };
}
var BYTES = ["requestBytes", "responseBytes", "opened", "closed"];
function foldTransport(facts, http) {
  const tcp = new Set(facts.filter((fact) => fact.transportOnly && fact.everActive).map((fact) => fact.ends));
  const byEnds = /* @__PURE__ */ new Map();
  for (const fact of facts) if (fact.protocol !== "tcp" && http.has(fact.ends)) byEnds.set(fact.ends, fact);
  return facts.filter((fact) => {
    const isNone = fact.protocol !== "tcp" && !fact.everActive && !http.has(fact.ends);
    if (isNone && tcp.has(fact.ends)) return false;
    const carried = fact.transportOnly ? byEnds.get(fact.ends) : void 0;
    if (carried === void 0) return true;
    for (const part of ["counts", "perSec"]) {
      const bytes = emptyStats();
      for (const name of BYTES) {
        const value = fact[part].counters.get(name);
        if (value !== void 0) bytes.counters.set(name, value);
      }
      if (part === "counts") for (const [key, state] of fact[part].tls) bytes.tls.set(key, state);
      addStats(carried[part], bytes);
    }
    return false;
  });
}
function rowsOf(sum, live) {
  const rows = new Map(live.rows.map((row) => [row.key, row]));
  for (const { row } of sum.rows) if (!rows.has(row.key)) rows.set(row.key, row);
  return rows.size === live.rows.length ? live.rows : [...rows.values()];
}
function requestEnds(edges) {
  const speaking = edges.filter((edge) => edge.protocol !== "tcp" && edge.rows.some((row) => row.hasRequests));
  return new Set(speaking.map((edge) => edge.ends));
}
function edgeFacts(sum, edges, live, end) {
  const values = new Map(sum.rows.map((row) => [row.row.key, row.values]));
  const context = { live, end, values, coveredMs: sum.coveredMs, silent: /* @__PURE__ */ new Map() };
  const facts = standingFacts(edges, speaksIn(context), (edge) => factOf(edge, context));
  const carried = facts.some((fact) => fact.transportOnly);
  const isPast = (live.lastObservationMs ?? end) > end;
  const named = joinFacts(
    carried ? foldTransport(facts, requestEnds(edges)) : facts,
    (claimed) => isPast ? /* @__PURE__ */ new Set() : unheardServices(claimed, edges, live, (row) => isSilent(row, context))
  );
  return giveDenials(denialsOf(facts), named);
}

// lib/query/span-speech.ts
var METRICS_SPEAK_MS = 9e5;
var SPECIAL = /* @__PURE__ */ new Set(["external", "passthrough", "blackhole", "unknown", "ingress"]);
function endKey(end) {
  const { cluster, namespace, kind, service, name } = end;
  return JSON.stringify(SPECIAL.has(kind) ? [cluster, namespace, name, kind] : [cluster, namespace, service ?? name]);
}
var keys = /* @__PURE__ */ new WeakMap();
function keysOf(edge) {
  const known2 = keys.get(edge);
  if (known2 !== void 0) return known2;
  const made = { source: endKey(edge.source), target: endKey(edge.target) };
  keys.set(edge, made);
  return made;
}
var isSpan = ({ reporter }) => reporter === "span";
function metricsSpeak({ rows }, endMs) {
  return rows.some((row) => !isSpan(row) && row.firstSeenMs <= endMs && row.lastSeenMs >= endMs - METRICS_SPEAK_MS);
}
function spoken(edges, endMs) {
  const pairs = /* @__PURE__ */ new Set();
  const from = /* @__PURE__ */ new Set();
  const to = /* @__PURE__ */ new Set();
  for (const edge of edges) {
    if (!metricsSpeak(edge, endMs)) continue;
    const { source, target } = keysOf(edge);
    pairs.add(`${source}${target}`);
    from.add(source);
    to.add(target);
    if (edge.candidate === null) continue;
    const behind = endKey(edge.candidate.target);
    pairs.add(`${source}${behind}`);
    to.add(behind);
  }
  return { pairs, from, to };
}
function isSpokenFor(edge, { pairs, from, to }) {
  const { source, target } = keysOf(edge);
  if (edge.source.kind === "unknown") return to.has(target);
  if (edge.target.kind === "unknown") return from.has(source);
  return pairs.has(`${source}${target}`);
}
function withoutSpans(edge) {
  return { ...edge, rows: edge.rows.filter((row) => !isSpan(row)) };
}
function withSpans(edges, endMs) {
  if (!edges.some(({ rows }) => rows.some(isSpan))) return edges;
  const metrics = spoken(edges, endMs);
  return edges.flatMap((edge) => {
    const spans = edge.rows.filter(isSpan);
    if (spans.length === 0) return [edge];
    const onlySpans = spans.length === edge.rows.length;
    if (metricsSpeak(edge, endMs) || isSpokenFor(edge, metrics)) return onlySpans ? [] : [withoutSpans(edge)];
    return [onlySpans ? edge : { ...edge, rows: spans, choices: choicesOf(spans) }];
  });
}

// lib/query/view-graph.ts
var emptyTotals = () => ({
  perSec: { requests: 0, failures: 0, tcpBytes: 0 },
  byProtocol: /* @__PURE__ */ new Map(),
  counts: { total: 0, failures: 0 },
  covered: false,
  hasTcp: false,
  edges: 0
});
function tcpBytesPerSec(stats) {
  return (stats.counters.get("requestBytes") ?? 0) + (stats.counters.get("responseBytes") ?? 0);
}
function isActive(fact) {
  const seen = (part) => {
    if (part === null) return false;
    for (const { count } of part.counts.classes.values()) if (count > 0) return true;
    const { counters } = part.counts;
    if (counters.size === 0) return false;
    return ["opened", "closed", "requestBytes", "responseBytes", "requestsStarted"].some(
      (name) => (counters.get(name) ?? 0) > 0
    );
  };
  return seen(fact) || seen(fact.caller);
}
function addTotals(totals, fact, seen) {
  totals.edges++;
  totals.covered ||= fact.coveredMs > 0;
  if (fact.protocol === "tcp") {
    totals.hasTcp = true;
    totals.perSec.tcpBytes += tcpBytesPerSec(fact.perSec);
    return;
  }
  totals.perSec.requests += seen.perSec.total;
  totals.perSec.failures += seen.perSec.failures;
  totals.counts.total += seen.counts.total;
  totals.counts.failures += seen.counts.failures;
  const known2 = totals.byProtocol.get(fact.protocol) ?? { total: 0, failures: 0, clientErrors: 0 };
  known2.total += seen.counts.total;
  known2.failures += seen.counts.failures;
  known2.clientErrors += seen.counts.clientErrors;
  totals.byProtocol.set(fact.protocol, known2);
}
function nodeFor(builder, end) {
  const cached = builder.byEnd.get(end);
  if (cached !== void 0) return cached;
  const identity = nodeIdentity(builder.view, builder.collapsed, end, builder.ids);
  const id = builder.ids.node(identity);
  let node = builder.nodes.get(id);
  if (node === void 0) {
    node = {
      id,
      identity,
      meshes: /* @__PURE__ */ new Set(),
      versions: /* @__PURE__ */ new Set(),
      services: /* @__PURE__ */ new Set(),
      apps: /* @__PURE__ */ new Set(),
      workloads: /* @__PURE__ */ new Set(),
      reasons: /* @__PURE__ */ new Set(),
      ends: /* @__PURE__ */ new Set(),
      inbound: emptyTotals(),
      outbound: emptyTotals(),
      active: false
    };
    builder.nodes.set(id, node);
  }
  node.ends.add(end);
  for (const mesh of meshesOf(end)) node.meshes.add(mesh);
  if (end.version !== void 0) node.versions.add(end.version);
  if (end.service !== void 0) node.services.add(end.service);
  if (end.app !== void 0) node.apps.add(end.app);
  if (end.kind === "workload") node.workloads.add(end.name);
  if (end.reason !== void 0) node.reasons.add(end.reason);
  builder.byEnd.set(end, node);
  return node;
}
function viewGraph(facts, view, collapsed, ids2) {
  const builder = { view, collapsed, ids: ids2, nodes: /* @__PURE__ */ new Map(), byEnd: /* @__PURE__ */ new Map() };
  const edges = /* @__PURE__ */ new Map();
  for (const fact of facts) {
    const source = nodeFor(builder, fact.source);
    const target = nodeFor(builder, fact.target);
    const active = isActive(fact);
    const seen = { counts: requestTotals(fact.counts), perSec: requestTotals(fact.perSec) };
    addTotals(source.outbound, fact, seen);
    addTotals(target.inbound, fact, seen);
    if (active) {
      source.active = true;
      target.active = true;
    }
    const { protocol, layer } = fact;
    const id = ids2.edge(source.id, target.id, protocol, layer);
    const known2 = edges.get(id);
    if (known2 === void 0) {
      edges.set(id, { id, source: source.id, target: target.id, protocol, layer, facts: [fact], active });
    } else {
      known2.facts.push(fact);
      known2.active ||= active;
    }
  }
  return { nodes: builder.nodes, edges: [...edges.values()] };
}
function mergedStats(facts, of) {
  const [first] = facts;
  if (first !== void 0 && facts.length === 1) return of(first) ?? null;
  const parts2 = facts.flatMap((fact) => of(fact) ?? []);
  const [only] = parts2;
  if (only === void 0) return null;
  if (parts2.length === 1) return only;
  const merged = emptyStats();
  for (const part of parts2) addStats(merged, part);
  return merged;
}

// lib/query/numbers.ts
function digits4(value) {
  return quickDigits4(value) ?? (Number.isFinite(value) ? Number(value.toPrecision(4)) : 0);
}
var POWERS = Array.from({ length: 12 }, (_, power) => 10 ** power);
var TIE = 1e-6;
function quickDigits4(value) {
  if (value === 0) return 0;
  if (!(value >= 1e-8 && value < 1e8)) return void 0;
  if (value >= 1e4) {
    let divisor = 1;
    while (value >= (POWERS[4 + divisor] ?? 0)) divisor++;
    const unit2 = POWERS[divisor] ?? 1;
    const digits2 = value / unit2;
    return isTie(digits2) ? void 0 : Math.round(digits2) * unit2;
  }
  let power = 0;
  while (power < 11 && value * (POWERS[power] ?? 1) < 1e3) power++;
  const unit = POWERS[power] ?? 1;
  const digits = value * unit;
  return digits < 1000.5 || isTie(digits) ? void 0 : Math.round(digits) / unit;
}
function isTie(digits) {
  return Math.abs(digits - Math.floor(digits) - 0.5) < TIE;
}
function digits4OrNull(value) {
  return value === null || value === void 0 || !Number.isFinite(value) ? null : digits4(value);
}
function settled(count) {
  return Math.round(count * 1e6) / 1e6;
}
function ratio(part, whole) {
  if (!(whole > 0)) return null;
  if (part >= whole) return 1;
  const share = digits4(part / whole);
  return share === 1 ? 0.9999 : share;
}

// lib/query/health.ts
var DEFAULT_TOLERANCES = [
  { code: "errors", degraded: { ratio: 1e-3, failed: 5 }, failure: { ratio: 0.1, requests: 20 } },
  { code: "client_errors", degraded: { ratio: 0.1, failed: 5 }, failure: { ratio: 0.2, requests: 20 } }
];
var RANK = {
  failure: 5,
  degraded: 4,
  notReady: 3,
  healthy: 2,
  noTraffic: 1,
  unknown: 0
};
function worse(a, b) {
  return RANK[a] >= RANK[b] ? a : b;
}
function judge(part, total3, tolerance) {
  const share = part / total3;
  const { degraded, failure } = tolerance;
  if (share >= failure.ratio && total3 >= failure.requests) return "failure";
  return share >= degraded.ratio && part >= degraded.failed ? "degraded" : "healthy";
}
function healthOf(input, tolerances = DEFAULT_TOLERANCES) {
  let requests = 0;
  for (const totals of input.totals) requests = Math.max(requests, settled(totals.total));
  if (!input.covered) return { state: "unknown", reasons: [{ code: "not_observed" }], requests: 0 };
  if (requests === 0) return { state: input.tcp ? "healthy" : "noTraffic", reasons: [], requests: 0 };
  let state = "healthy";
  const reasons = /* @__PURE__ */ new Map();
  for (const totals of input.totals) {
    const total3 = settled(totals.total);
    if (total3 === 0) continue;
    for (const tolerance of tolerances) {
      const part = settled(tolerance.code === "errors" ? totals.failures : totals.clientErrors);
      if (part === 0) continue;
      const verdict = judge(part, total3, tolerance);
      const code = verdict === "healthy" ? "few_requests" : tolerance.code;
      const share = digits4(part / total3);
      if (verdict === "healthy" && share < tolerance.degraded.ratio) continue;
      state = worse(state, verdict);
      const known2 = reasons.get(code);
      if (known2 === void 0 || (known2.ratio ?? 0) < share)
        reasons.set(code, { code, ratio: share, requests: digits4(total3) });
    }
  }
  if (reasons.size === 0) return { state, reasons: [], requests: digits4(requests) };
  const told = [...reasons.values()].filter((reason) => state === "healthy" || reason.code !== "few_requests");
  return { state, reasons: told, requests: digits4(requests) };
}

// lib/query/mtls.ts
var NO_REASONS = /* @__PURE__ */ new Map();
function reasonKey(security, code) {
  return `${security}/${code}`;
}
var codeIn = (key) => key.slice(key.indexOf("/") + 1);
function ranked(reasons) {
  const byCode = /* @__PURE__ */ new Map();
  for (const [key, count] of reasons) byCode.set(codeIn(key), (byCode.get(codeIn(key)) ?? 0) + count);
  return [...byCode].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}
var sumOf3 = (counts) => counts.mutual + counts.tls + counts.plaintext + counts.unknown;
var total2 = (states, of) => states.reduce((sum, state) => sum + (state[of] ?? 0), 0);
function servesBoth(listeners, spoken2) {
  if (spoken2.every((state) => (state.handshakes ?? 0) >= (state.connections ?? 0))) return false;
  return total2(listeners, "tlsConnections") < total2(spoken2, "connections");
}
function listenerVerdict(listeners) {
  const spoken2 = listeners.filter((state) => (state.handshakes ?? 0) > 0);
  if (spoken2.length === 0) return { security: "tls", reason: "peer_listener_unknown" };
  if (servesBoth(listeners, spoken2)) return { security: "unknown", reason: "listener_serves_both" };
  if (spoken2.every((state) => (state.noCertificate ?? 0) === 0)) return { security: "mutual" };
  const none2 = spoken2.every((state) => (state.noCertificate ?? 0) >= (state.handshakes ?? 0));
  return none2 ? { security: "tls" } : { security: "unknown", reason: "some_clients_without_certificate" };
}
var NO_HANDSHAKE = { security: "plaintext", reason: "no_handshake" };
function stateEvidence(fact, listeners, since) {
  const states = [...fact.counts.tls.values()].filter((state) => state.atMs >= since);
  const counts = { mutual: 0, tls: 0, plaintext: 0, unknown: 0 };
  const peers = fact.targetWorkloads.flatMap((key) => [...listeners.get(key)?.values() ?? []]);
  const verdict = listenerVerdict(peers.filter((state) => state.atMs >= since));
  let family = "";
  const reasons = /* @__PURE__ */ new Map();
  for (const state of states) {
    const made = established(state);
    if (made <= 0) continue;
    family = state.family;
    const { security, reason } = (state.handshakes ?? 0) > 0 ? verdict : NO_HANDSHAKE;
    counts[security] += made;
    const key = reason === void 0 ? void 0 : reasonKey(security, reason);
    if (key !== void 0) reasons.set(key, (reasons.get(key) ?? 0) + made);
  }
  if (sumOf3(counts) === 0) return null;
  return { counts, unit: "connections", family, reporter: "outbound", reasons };
}
function acceptedOnly(fact, listeners, since) {
  const states = fact.targetWorkloads.flatMap((key) => [...listeners.get(key)?.values() ?? []]);
  const { security, reason } = listenerVerdict(states.filter((state) => state.atMs >= since));
  if (reason !== void 0) return void 0;
  return security === "mutual" || security === "tls" ? security : void 0;
}
function established(state) {
  return (state.connections ?? 0) - (state.connectFailures ?? 0);
}
function securityOf2(fact, listeners, since) {
  const { requests, connections } = fact.counts.security;
  const unit = fact.protocol === "tcp" ? "connections" : "requests";
  const counts = unit === "requests" ? requests : connections;
  if (sumOf3(counts) === 0) return stateEvidence(fact, listeners, since);
  if (fact.securityBy !== void 0) return { counts, unit, ...fact.securityBy, reasons: reasonsOf(fact, unit) };
  const { legs } = fact;
  if (unit === "requests" && legs !== void 0 && counts.unknown === sumOf3(counts)) {
    const { connections: connections2, family, reporter: reporter2 } = legs;
    return { counts: connections2, unit: "connections", family, reporter: reporter2, reasons: NO_REASONS };
  }
  const reporters = [...fact.counts.reporters].sort();
  const reporter = reporters[0] ?? "";
  const accepted = fact.calleeKnows === true ? acceptedOnly(fact, listeners, since) : void 0;
  if (accepted !== void 0 && counts.unknown > 0) {
    const told = { ...counts, unknown: 0, [accepted]: counts[accepted] + counts.unknown };
    const family = "envoy_listener_ssl_handshake";
    return { counts: told, unit, family, reporter: "inbound", reasons: reasonsOf(fact, unit) };
  }
  const sourceOnly = reporter === "source" || reporter === "sourceOnly";
  const blind = counts.unknown > 0 && sourceOnly;
  const reasons = blind ? /* @__PURE__ */ new Map([[reasonKey("unknown", "source_cannot_know"), counts.unknown]]) : reasonsOf(fact, unit);
  return { counts, unit, family: countingFamily(fact.counts.families, unit), reporter, reasons };
}
function reasonsOf(fact, unit) {
  const { securityReasons } = fact.counts;
  if (securityReasons.size === 0) return NO_REASONS;
  const reasons = /* @__PURE__ */ new Map();
  for (const [key, count] of securityReasons) {
    if (key.startsWith(`${unit}/`)) reasons.set(codeIn(key), count);
  }
  return reasons;
}
function mergeSecurity(parts2) {
  const units = new Set(parts2.map((part) => part.evidence.unit));
  const mixed = units.size > 1;
  const counts = { mutual: 0, tls: 0, plaintext: 0, unknown: 0 };
  const reasons = /* @__PURE__ */ new Map();
  for (const { evidence, requests } of parts2) {
    const scale = mixed && evidence.unit === "connections" ? requests / sumOf3(evidence.counts) : 1;
    for (const [reason, count] of evidence.reasons) reasons.set(reason, (reasons.get(reason) ?? 0) + count * scale);
    for (const key of ["mutual", "tls", "plaintext", "unknown"]) counts[key] += evidence.counts[key] * scale;
  }
  const total3 = sumOf3(counts);
  const first = parts2[0]?.evidence;
  if (first === void 0 || total3 === 0) return null;
  const share = (count) => ratio(count, total3) ?? 0;
  const all = ranked(reasons).map(([code, count]) => ({ code, share: share(count) }));
  const [main] = all;
  return {
    mutual: share(counts.mutual),
    tls: share(counts.tls),
    plaintext: share(counts.plaintext),
    unknown: share(counts.unknown),
    total: digits4(total3),
    unit: mixed ? "requests" : first.unit,
    evidence: {
      family: first.family,
      reporter: first.reporter,
      ...main === void 0 ? {} : { reason: main.code },
      ...all.length > 1 ? { reasons: all } : {}
    }
  };
}

// lib/query/sampling.ts
var ROUNDING = 1e-9;
function samplingOf(parts2) {
  let spans = 0;
  let requests = 0;
  let known2 = 0;
  let stoodFor = 0;
  let onlySpans = true;
  for (const part of parts2) {
    if (!part.reporters.has("span")) {
      onlySpans = false;
      continue;
    }
    spans++;
    if (part.reporters.size > 1) onlySpans = false;
    requests += requestTotals(part).total;
    known2 += part.counters.get("sampledSpans") ?? 0;
    stoodFor += part.counters.get("sampledFrom") ?? 0;
  }
  if (spans === 0) return { from: "metrics", share: null, absent: "notCollected" };
  const from = onlySpans ? "spans" : "mixed";
  if (known2 === 0 || known2 < requests * (1 - ROUNDING)) return { from, share: null, absent: "unknown" };
  return { from, share: digits4(known2 / stoodFor) };
}

// lib/query/present-edge.ts
function latencySummary(latency) {
  if (latency === null) return null;
  const at = (q) => digits4OrNull(quantile(latency, q)?.value);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
var COUNTED_BADGES = ["retries", "timeouts", "overflow", "ejections", "rateLimited", "denied"];
function badgesOf({ facts }, { counts, perSec }, circuitOpen) {
  const counted = perSec.counters.size === 0 ? [] : COUNTED_BADGES;
  return [
    // Told by spans: counts of what was traced, not of what ran.
    ...counts.reporters.has("span") ? ["spans"] : [],
    ...counted.filter((name) => (perSec.counters.get(name) ?? 0) > 0),
    ...circuitOpen === true ? ["circuitOpen"] : [],
    ...facts.some((fact) => fact.viaWaypoint) ? ["waypoint"] : []
  ];
}
function circuitOf(stats) {
  if (stats.tls.size === 0) return null;
  const states = [...stats.tls.values()].flatMap((state) => state.circuitOpen ?? []);
  return states.length === 0 ? null : states.some((open) => open > 0);
}
function tcpOf(edge, counts, perSec, covered) {
  if (edge.protocol !== "tcp") return void 0;
  const rate = (name) => covered && counts.counters.has(name) ? digits4(perSec.counters.get(name) ?? 0) : null;
  const active = [...counts.tls.values()].flatMap((state) => state.activeConnections ?? []);
  const rates = {
    openedPerSec: rate("opened"),
    closedPerSec: rate("closed"),
    requestBytesPerSec: rate("requestBytes"),
    responseBytesPerSec: rate("responseBytes")
  };
  const why = covered ? "notCollected" : "unknown";
  const missing = Object.entries(rates).flatMap(([name, value]) => value === null ? [[name, why]] : []);
  return {
    ...rates,
    ...missing.length === 0 ? {} : { absent: Object.fromEntries(missing) },
    ...active.length === 0 ? {} : { active: active.reduce((a, b) => a + b, 0) }
  };
}
function merge(edge) {
  const counts = mergedStats(edge.facts, (fact) => fact.counts);
  const perSec = mergedStats(edge.facts, (fact) => fact.perSec);
  if (counts === null || perSec === null) return null;
  return {
    counts,
    perSec,
    callerCounts: mergedStats(edge.facts, (fact) => fact.caller?.counts),
    callerPerSec: mergedStats(edge.facts, (fact) => fact.caller?.perSec),
    calleeCounts: mergedStats(edge.facts, (fact) => fact.callee?.counts),
    calleePerSec: mergedStats(edge.facts, (fact) => fact.callee?.perSec),
    covered: edge.facts.some((fact) => fact.coveredMs > 0)
  };
}
function mtlsOf(facts, context) {
  return mergeSecurity(
    facts.flatMap((fact) => {
      const evidence = securityOf2(fact, context.listeners, context.start);
      return evidence === null ? [] : [{ evidence, requests: requestTotals(fact.counts).total }];
    })
  );
}
function atMost(view, total3) {
  const scale = view.total > total3 ? total3 / view.total : 1;
  const { failures, clientErrors } = view;
  return { total: view.total * scale, failures: failures * scale, clientErrors: clientErrors * scale };
}
function summaryOf(edge, merged, context) {
  const { counts, perSec, callerCounts, calleeCounts, covered } = merged;
  const isTcp = edge.protocol === "tcp";
  const totals = requestTotals(counts);
  const absent = {};
  const why = isTcp ? "notApplicable" : covered ? "notApplicable" : "unknown";
  const requestsPerSec = isTcp || !covered ? null : digits4(requestTotals(perSec).total);
  const errorRatio = isTcp ? null : ratio(totals.failures, totals.total);
  const latencyMs = latencySummary(counts.latency);
  if (requestsPerSec === null) absent["requestsPerSec"] = why;
  if (errorRatio === null) absent["errorRatio"] = why;
  if (latencyMs === null) absent["latencyMs"] = totals.total > 0 ? "notCollected" : why;
  const mtls = mtlsOf(edge.facts, context);
  if (mtls === null)
    absent["mtls"] = totals.total > 0 || isTcp && edge.active || !covered ? "unknown" : "notApplicable";
  const tcp = tcpOf(edge, counts, perSec, covered);
  const badges = badgesOf(edge, merged, circuitOf(counts));
  const views = [totals, ...callerCounts === null ? [] : [requestTotals(callerCounts)]];
  if (calleeCounts !== null) views.push(atMost(requestTotals(calleeCounts), totals.total));
  return {
    id: edge.id,
    source: edge.source,
    target: edge.target,
    protocol: edge.protocol,
    layer: edge.layer,
    requestsPerSec,
    errorRatio,
    latencyMs,
    mtls,
    ...tcp === void 0 ? {} : { tcp },
    ...badges.length === 0 ? {} : { badges },
    health: healthOf({ totals: views, tcp: isTcp && edge.active, covered }),
    ...edge.facts.every((fact) => fact.stale) ? { stale: true } : {},
    ...Object.keys(absent).length === 0 ? {} : { absent }
  };
}
function presentEdge(edge, context) {
  const merged = merge(edge);
  return merged === null ? null : summaryOf(edge, merged, context);
}

// lib/query/present-node.ts
function trafficOf(totals, observed) {
  const covered = totals.edges === 0 ? observed : totals.covered;
  const requestsPerSec = covered ? digits4(totals.perSec.requests) : null;
  const errorRatio = ratio(totals.counts.failures, totals.counts.total);
  const absent = {};
  if (requestsPerSec === null) absent["requestsPerSec"] = "unknown";
  if (errorRatio === null) absent["errorRatio"] = covered ? "notApplicable" : "unknown";
  return {
    requestsPerSec,
    errorRatio,
    ...totals.hasTcp && covered ? { tcpBytesPerSec: digits4(totals.perSec.tcpBytes) } : {},
    ...Object.keys(absent).length === 0 ? {} : { absent }
  };
}
function nodeHealth(node) {
  const asked = node.inbound.counts.total > 0 || node.inbound.perSec.tcpBytes > 0;
  const totals = asked ? node.inbound : node.outbound;
  return healthOf({
    totals: [...totals.byProtocol.values()],
    tcp: totals.perSec.tcpBytes > 0,
    covered: node.inbound.covered || node.outbound.covered
  });
}
function single(values) {
  return values.size === 1 ? [...values][0] : void 0;
}
function presentNode(node) {
  const { identity, meshes } = node;
  const observed = node.inbound.covered || node.outbound.covered;
  const version = identity.version ?? single(node.versions);
  const isBox = identity.kind === "namespace" || identity.kind === "cluster" || identity.kind === "mesh";
  const service = isBox ? void 0 : single(node.services);
  const app = isBox ? void 0 : single(node.apps);
  const reason = single(node.reasons);
  const sorted = [...meshes].sort();
  return {
    id: node.id,
    kind: identity.kind,
    mesh: sorted[0] ?? null,
    ...sorted.length > 1 ? { meshes: sorted } : {},
    cluster: identity.cluster,
    namespace: identity.namespace,
    name: identity.name,
    ...version === void 0 || isBox ? {} : { version },
    ...service === void 0 ? {} : { service },
    ...app === void 0 ? {} : { app },
    ...reason === void 0 ? {} : { reason },
    health: nodeHealth(node),
    inbound: trafficOf(node.inbound, observed),
    outbound: trafficOf(node.outbound, observed)
  };
}

// lib/query/not-collected.ts
var RESILIENCE2 = /* @__PURE__ */ new Set(["retries", "timeouts", "overflow", "ejections"]);
function tellsResilience(row) {
  return row.tls.size > 0 || layoutOf(row).counters.some(({ name }) => RESILIENCE2.has(name));
}
function take(told, row) {
  const { edge, reporter } = row;
  told.resilience ||= tellsResilience(row);
  told.extension ||= [...row.families].some((family) => family.startsWith("envoy_appmesh_"));
  const ends = `${identityKey(edge.source)}${identityKey(edge.target)}`;
  if (edge.protocol === "tcp") {
    if (row.everActive) told.tcpEnds.add(ends);
  } else if (row.hasRequests) told.requestEnds.add(ends);
  if (reporter !== "outboundRoute" || !row.hasRequests) return;
  told.routes = true;
  told.hosts ||= layoutOf(row).hosts.length > 0;
}
function toldBy(rows) {
  const meshes = /* @__PURE__ */ new Map();
  for (const row of rows) {
    const { source, target } = row.edge;
    const mesh = reportingEnd(row.edge, row.reporter).mesh ?? source.mesh ?? target.mesh;
    if (mesh === null || row.reporter === "span") continue;
    const known2 = meshes.get(mesh);
    const told = known2 ?? {
      ...{ resilience: false, extension: false, hosts: false, routes: false },
      requestEnds: /* @__PURE__ */ new Set(),
      tcpEnds: /* @__PURE__ */ new Set()
    };
    if (known2 === void 0) meshes.set(mesh, told);
    take(told, row);
  }
  return meshes;
}
function hasBareConnections({ tcpEnds, requestEnds: requestEnds2 }) {
  for (const ends of tcpEnds) if (!requestEnds2.has(ends)) return true;
  return false;
}
function missingOf(mesh, told, isNameless) {
  switch (mesh) {
    case "istio": {
      const what = "retries, timeouts, circuit breakers, outlier detection";
      const setting = "proxyStatsMatcher.inclusionPrefixes: [cluster.outbound]";
      return [!told.resilience && { mesh, what, setting }];
    }
    case "consul": {
      const what = "requests, codes and latency of services whose protocol is tcp, which is the default";
      const setting = 'Kind = "service-defaults", Name = "<service>", Protocol = "http"';
      return [hasBareConnections(told) && { mesh, what, setting }];
    }
    case "appmesh":
      return [
        isNameless && {
          mesh,
          what: "names of proxies that no scrape label names",
          setting: "ENABLE_ENVOY_STATS_TAGS=1"
        },
        !told.extension && {
          mesh,
          what: "virtual services that were asked for",
          setting: "APPMESH_METRIC_EXTENSION_VERSION=1"
        }
      ];
    case "linkerd": {
      const setting = 'config.linkerd.io/proxy-metrics-hostname-labels: "true"';
      return [told.routes && !told.hosts && { mesh, what: "hosts that were asked for by route", setting }];
    }
    default:
      return [];
  }
}
function notCollected(rows, dropped = {}) {
  const isNameless = (dropped["no_target_labels"] ?? 0) > 0;
  const meshes = [...toldBy(rows)].sort(([a], [b]) => a < b ? -1 : 1);
  return meshes.flatMap(([mesh, told]) => missingOf(mesh, told, isNameless).filter((one) => one !== false));
}

// lib/query/snapshot.ts
function observedShare(facts, window) {
  const told = facts.filter((fact) => isActive(fact) || fact.lastSeenMs >= window.start);
  const length = window.end - window.start;
  if (told.length === 0 || length <= 0) return 0;
  const share = told.reduce((sum, fact) => sum + Math.min(1, fact.coveredMs / length), 0) / told.length;
  return digits4(share);
}
function unpairedOf(spans) {
  if (spans === void 0 || spans.spans === 0) return { value: null, absent: "notCollected" };
  if (spans.unpairedShare === null) return { value: null, absent: "unknown" };
  return { value: digits4(spans.unpairedShare) };
}
function completenessOf(snapshot, targets2, facts = snapshot.facts) {
  const { window, estate: estate2 } = snapshot;
  const last = estate2.live.lastObservationMs;
  const unpaired = unpairedOf(targets2.spans);
  const sampling = samplingOf(facts.map(({ counts }) => counts));
  const newestAgeMs = last === null ? null : Math.max(0, window.requested.end - last);
  return {
    observedShare: observedShare(facts, window),
    targets: { up: targets2.up, down: targets2.down },
    newestAgeMs,
    unpairedSpanShare: unpaired.value,
    sampledShare: sampling.share,
    dropped: { ...targets2.dropped, ...estate2.live.dropped },
    notCollected: notCollected(estate2.live.rows, targets2.dropped),
    absent: {
      ...newestAgeMs === null ? { newestAgeMs: "unknown" } : {},
      ...unpaired.absent === void 0 ? {} : { unpairedSpanShare: unpaired.absent },
      ...sampling.absent === void 0 ? {} : { sampledShare: sampling.absent }
    }
  };
}

// ../../../tmp/g/prof.ts
import { gzipSync } from "node:zlib";
var W = 5e3;
var C = 4;
var BOUNDS = [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1e3, 2500, 5e3, 1e4, 3e4, 6e4, Infinity];
var wl = (i) => ({ cluster: `c${i % 2}`, namespace: `ns-${i % 40}`, kind: "workload", name: `service-${i}`, mesh: "istio", service: `service-${i}`, app: `service-${i}`, version: "v1" });
function meaningsOf(i) {
  const meanings = [];
  for (let c = 1; c <= C; c++) {
    const edge = { source: wl((i * 7 + c * 131) % W), target: wl(i), protocol: "http", layer: "L7" };
    for (const reporter of ["destination", "source"]) {
      const base = { edge, reporter, family: "istio_requests_total" };
      for (const code of ["200", "503"]) meanings.push({ kind: "counter", ...base, measure: { kind: "requests", code, flags: [], security: "mutual", left: true } });
      for (const part of [...BOUNDS.map((le) => ({ le })), "sum", "count"]) meanings.push({ kind: "latency", ...base, of: "response", part, toMs: 1, histogram: `h${c}${reporter}` });
    }
  }
  return meanings;
}
var slots = new SlotTable();
var targets = Array.from({ length: W }, (_, i) => {
  const meanings = meaningsOf(i);
  return { fold: new TargetFold(slots, { target: `pod-${i}`, intervalMs: 1e4 }), meanings, canonical: meanings.map((_2, k) => `s${k}`), ids: Int32Array.from(meanings, (_2, k) => k) };
});
var now = 17e11;
var t = (n, f) => {
  const a = performance.now();
  const r = f();
  console.log(n, (performance.now() - a).toFixed(0));
  return r;
};
function scrape(n) {
  for (const [ti, tg] of targets.entries()) {
    const k = 1 + ti % 17;
    const values = Float64Array.from(tg.meanings, (m, id) => m.kind !== "latency" || typeof m.part === "string" ? n * (id % 2 === 0 ? 400 + k : 3) : n * 25 * k * Math.min(16, 1 + BOUNDS.indexOf(m.part.le)));
    tg.fold.observe("e", "b", { atMs: now, size: tg.ids.length, ids: tg.ids, values, meanings: tg.meanings, canonical: tg.canonical, createdMs: /* @__PURE__ */ new Map() });
  }
}
for (let n = 0; n < 32; n++, now += 1e4) t("scrape" + n, () => scrape(n));
console.log("rss", process.memoryUsage().rss / 1e6 | 0, "heap", process.memoryUsage().heapUsed / 1e6 | 0, "ext", process.memoryUsage().arrayBuffers / 1e6 | 0);
var store = new MemoryRollupStore();
var estate = { live: slots, store };
var ids = new Ids();
var index = new EdgeIndex();
for (let r = 0; r < 3; r++) {
  console.log("--- round", r);
  const start = now - 3e5, end = now - 1e4;
  const sum = t("read", () => slots.read(start, end));
  const ed = t("index", () => withSpans(index.edges(rowsOf(sum, slots)), end));
  const facts = t("facts", () => edgeFacts(sum, ed, slots, end));
  const vg = t("view", () => viewGraph(facts, "workload", /* @__PURE__ */ new Set(), ids));
  const ctx = { listeners: slots.listeners, start };
  const edges = t("present edges", () => vg.edges.flatMap((e) => presentEdge(e, ctx) ?? []));
  const nodes = t("present nodes", () => [...vg.nodes.values()].map(presentNode));
  t("sort", () => edges.sort((a, b) => a.id < b.id ? -1 : 1));
  const snap = { window: { start, end, slotMs: 1e4, requested: { start, end } }, facts, edges: ed, generation: 1, estate };
  const comp = t("completeness", () => completenessOf(snap, { up: 1, down: 0 }));
  const body = t("stringify", () => Buffer.from(JSON.stringify({ window: snap.window, nodes, edges, completeness: comp })));
  const z = t("gzip5", () => gzipSync(body, { level: 5 }));
  const z1 = t("gzip1", () => gzipSync(body, { level: 1 }));
  console.log(edges.length, nodes.length, "bytes", body.length, z.length, z1.length);
  if (r === 0) console.log(JSON.stringify(edges[0]), JSON.stringify(nodes[0]));
  scrape(32 + r);
  now += 1e4;
}
console.log("rss", process.memoryUsage().rss / 1e6 | 0, "heap", process.memoryUsage().heapUsed / 1e6 | 0, "ext", process.memoryUsage().arrayBuffers / 1e6 | 0);
