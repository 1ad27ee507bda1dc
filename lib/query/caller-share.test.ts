import { expect, test } from "vitest";
import { callerShare, shareOfCaller } from "./caller-share.ts";
import { GRAPH_FIXTURE } from "./fixtures/graph-fixture.ts";

test("a caller's share is of all that it sends, and never more than all", () => {
  expect(callerShare(25, 100)).toBe(0.25);
  expect(callerShare(0, 100)).toBe(0);
  // Two sides of a call are read at different times.
  expect(callerShare(5, 4.99)).toBe(1);
});

test("it is not known where one of the two is not, nor where nothing is sent", () => {
  expect([callerShare(null, 100), callerShare(25, null), callerShare(0, 0)]).toEqual([null, null, null]);
});

test("an edge's share is of all that its caller sends; TCP, and what is in a comparison's base alone, have none", () => {
  const [edge] = GRAPH_FIXTURE.edges;
  const source = GRAPH_FIXTURE.nodes.find(({ outbound }) => (outbound.requestsPerSec ?? 0) > 0);
  if (edge === undefined || source === undefined) throw new Error("the fixture has a caller");
  const quarter = { ...edge, protocol: "http" as const, requestsPerSec: (source.outbound.requestsPerSec ?? 0) / 4 };
  expect(shareOfCaller(quarter, source)).toBe(0.25);
  expect(shareOfCaller({ ...quarter, protocol: "tcp" }, source)).toBeNull();
  expect(shareOfCaller({ ...quarter, ofBase: true }, source)).toBeNull();
  expect(shareOfCaller(quarter, undefined)).toBeNull();
});
