import { expect, test } from "vitest";
import { GRAPH_FIXTURE } from "../query/fixtures/graph-fixture.ts";
import { graphEdgeSchema } from "../query/schema/graph.ts";
import { badgesText, edgeWarnings, ratesText, splitText } from "./edge-figures.ts";

const [first] = GRAPH_FIXTURE.edges;
const edge = (own: object) => graphEdgeSchema.parse({ ...first, badges: [], stale: false, ...own });

test("marks are said with their figures, a canary with what was asked for and what was seen", () => {
  expect(badgesText(edge({ badges: ["retries", "strange"], badgeRates: { retries: 0.25 } }))).toBe(
    "retries 0.25 /s, strange",
  );
  const split = [
    { version: "v1", desired: 0.9, observed: 0.88 },
    { version: "v2", desired: 0.1, observed: null },
  ];
  expect(splitText(edge({ split }))).toBe("v1 90 %, seen 88 %; v2 10 %, not seen yet");
  expect(ratesText({ "503": 0.5, "200": 40 })).toBe("200 40 /s, 503 0.5 /s");
  expect(ratesText(undefined)).toBe("");
});

test("warnings are why it is not well, that it is in plaintext, that it is stale; a healthy edge has none", () => {
  const health = { state: "failure", reasons: [{ code: "errors", ratio: 0.2, requests: 900 }], requests: 900 };
  const mtls = { plaintext: 1, total: 900 };
  expect(edgeWarnings(edge({ health, mtls, stale: true }))).toBe("20 % of 900 requests failed; plaintext; stale");
  const well = { state: "healthy", reasons: [], requests: 900 };
  expect(edgeWarnings(edge({ health: well, mtls: { mutual: 1, total: 900 } }))).toBe("");
});
