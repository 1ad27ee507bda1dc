/**
 * Damaged copies of a body of JSON, for tests of readers: one or two bytes of each are others, half of them such as mean
 * something in JSON. The same for the same seed.
 */
const TELLING = new TextEncoder().encode('{}[]",:\\u0019.eE-+ nulltrue');

export function* damagedBodies(valid: Uint8Array, count: number, seed: number): Generator<Uint8Array> {
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  for (let i = 0; i < count; i++) {
    const body = valid.slice();
    for (let hits = 1 + random(2); hits > 0; hits--)
      body[random(body.length)] = random(2) === 0 ? random(256) : (TELLING[random(TELLING.length)] ?? 0);
    yield body;
  }
}
