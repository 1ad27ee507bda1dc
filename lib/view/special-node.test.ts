/** What the panel says of nodes that are no workload. */
import { expect, test } from "vitest";
import { NODE_KINDS } from "../model/identity.ts";
import { NODE_REASON_WORDS } from "./evidence-words.ts";
import { NODE_ADVICE_WORDS, specialWords } from "./special-node.ts";

const PLAIN = ["workload", "service", "app", "namespace", "cluster", "mesh", "operation"];

test("every reason that a node may have comes with what to do about it", () => {
  expect(Object.keys(NODE_ADVICE_WORDS).sort()).toEqual(Object.keys(NODE_REASON_WORDS).sort());
});

test("every kind that is no workload and no box says what it is and what to do, and the others say nothing", () => {
  for (const kind of NODE_KINDS) {
    const words = specialWords({ kind });
    if (PLAIN.includes(kind)) expect(words, kind).toBeUndefined();
    else {
      expect(words?.what, kind).not.toBe("");
      expect(words?.advice, kind).not.toBe("");
    }
  }
});

test("a reason with a name keeps the name, and its advice is the reason's", () => {
  const words = specialWords({ kind: "external", reason: "database:postgresql" });
  expect(words?.why).toContain("postgresql");
  expect(words?.advice).toBe(NODE_ADVICE_WORDS["database"]);
});
