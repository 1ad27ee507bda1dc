/**
 * Rendezvous hashing (highest random weight, Thaler and Ravishankar 1998): a key belongs to the member whose weight for it
 * is highest. Every member finds the same without asking; when one leaves, its keys alone move, evenly to the others.
 */

/** FNV-1a over UTF-16 code units, 32 bits. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** The finaliser of MurmurHash3: every bit of the input moves every bit of the result. */
function mix(bits: number): number {
  let hash = bits ^ (bits >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

export class Rendezvous {
  private readonly members: readonly { readonly name: string; readonly seed: number }[];

  constructor(members: Iterable<string>) {
    this.members = [...new Set(members)].sort().map((name) => ({ name, seed: mix(hashText(name)) }));
  }

  /** Undefined only where there is no member. */
  ownerOf(key: string): string | undefined {
    const hash = mix(hashText(key));
    let owner: string | undefined;
    let highest = -1;
    for (const { name, seed } of this.members) {
      // Mixed twice: one round over the exclusive-or alone would rank all members alike for keys that differ little.
      const weight = mix(mix(hash ^ seed) + seed);
      if (weight <= highest) continue;
      owner = name;
      highest = weight;
    }
    return owner;
  }
}
