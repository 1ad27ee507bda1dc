/** Several collectors, each of which scrapes its own targets, prove a shift from all of them, or say that they cannot. */
import { expect, test } from "vitest";
import { CountersRig, consulText, INTERVAL_MS, routeRef, T0 } from "./route-counters-rig.ts";

const ROUTE = routeRef("consul", "web/v1", "web/v2", "default");

class Pair {
  readonly rigs = new Map<string, CountersRig>();
  isCut = false;
  asked = 0;

  static async open(): Promise<Pair> {
    const pair = new Pair();
    for (const name of ["one", "two"]) {
      const others = () => ["one", "two"].filter((other) => other !== name);
      const ask = async (member: string, text: string) => {
        pair.asked++;
        return pair.isCut ? undefined : pair.rig(member).counters.answer(text);
      };
      pair.rigs.set(name, await CountersRig.open("consul", undefined, [], { others, ask }));
    }
    return pair;
  }

  rig(name: string): CountersRig {
    const rig = this.rigs.get(name);
    if (rig === undefined) throw new Error(name);
    return rig;
  }

  at(ms: number): void {
    for (const rig of this.rigs.values()) rig.nowMs = ms;
  }

  /** Each member's own caller sends 9 to v1 and `canary` to v2 between two readings. */
  async read(i: number, canary: number): Promise<void> {
    this.at(T0 + i * INTERVAL_MS);
    for (const [name, rig] of this.rigs) {
      const counts = [
        { subset: "v1", code: "200", count: 9 * i },
        { subset: "v2", code: "200", count: canary * i },
      ];
      rig.scrape(`pod-of-${name}`, T0 + i * INTERVAL_MS, consulText(`caller-of-${name}`, 1 + i * 10, counts));
    }
    for (const rig of this.rigs.values()) await rig.counters.tick();
    for (const rig of this.rigs.values()) await rig.counters.tick();
  }
}

test("callers that another collector scrapes are counted once, and told to nobody else", async () => {
  const pair = await Pair.open();
  await pair.read(0, 1);
  expect(pair.asked).toBe(0);
  pair.rig("one").counters.watch(ROUTE);
  // The first question makes the other one watch.
  await pair.read(1, 1);
  for (let i = 2; i <= 5; i++) await pair.read(i, 1);
  const counted = () => pair.rig("one").counters.callers(ROUTE, T0 + INTERVAL_MS);
  const both = [
    { caller: "caller-of-one", requests: 40, canaryRequests: 4 },
    { caller: "caller-of-two", requests: 40, canaryRequests: 4 },
  ];
  expect([...counted()].sort((a, b) => (a.caller < b.caller ? -1 : 1))).toEqual(both);
  expect(pair.rig("one").counters.counts(ROUTE)).toBe(true);
  expect(pair.rig("two").counters.callers(ROUTE, T0)).toEqual([
    { caller: "caller-of-two", requests: 40, canaryRequests: 4 },
  ]);
});

test("while another collector does not answer nothing is proved, and what it counted meanwhile comes later", async () => {
  const pair = await Pair.open();
  pair.rig("one").counters.watch(ROUTE);
  for (let i = 0; i <= 2; i++) await pair.read(i, 1);
  pair.isCut = true;
  for (let i = 3; i <= 6; i++) await pair.read(i, 1);
  expect(pair.rig("one").counters.counts(ROUTE)).toBe(false);
  pair.isCut = false;
  await pair.read(7, 1);
  expect(pair.rig("one").counters.counts(ROUTE)).toBe(true);
  const callers = pair.rig("one").counters.callers(ROUTE, T0 + INTERVAL_MS);
  expect(callers.map(({ requests }) => requests)).toEqual([60, 60]);
});

test("a question that is none is not answered", async () => {
  const pair = await Pair.open();
  for (const text of ["", "{}", '{"routes":[{"id":1}],"boot":"","since":0}'])
    expect(pair.rig("one").counters.answer(text)).toBeUndefined();
});
