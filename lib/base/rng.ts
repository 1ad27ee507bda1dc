/**
 * Seeded random numbers for layout and for the simulated estate: xoshiro128** (Blackman and Vigna, 2018), seeded by
 * SplitMix32. The same seed gives the same sequence on every platform. Not for secrets.
 */
export interface Rng {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, bound). */
  int(bound: number): number;
}

export function rng(seed: number): Rng {
  const s = new Uint32Array(4);
  let mix = seed >>> 0;
  for (let i = 0; i < 4; i++) {
    mix = (mix + 0x9e3779b9) >>> 0;
    let z = mix;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    s[i] = z ^ (z >>> 16);
  }
  const word = (): number => {
    const [a = 0, b = 0, c = 0, d = 0] = s;
    const scrambled = Math.imul(rotl(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    s[2] = c ^ a;
    s[3] = d ^ b;
    s[1] = b ^ (s[2] ?? 0);
    s[0] = a ^ (s[3] ?? 0);
    s[2] = (s[2] ?? 0) ^ t;
    s[3] = rotl(s[3] ?? 0, 11);
    return scrambled;
  };
  const next = (): number => word() / 4294967296;
  return { next, int: (bound) => Math.floor(next() * bound) };
}

function rotl(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k));
}
