/** Nodes of every view as the services behind them: those called by what they answer, the others by what they ask. */
import { expect, test } from "vitest";
import { LiveDirectory } from "./graph-directory.ts";
import { istio, Rig, T0 } from "./truth-rig.ts";

test("a called node is its services' answers, a caller that nobody calls its questions", async () => {
  const rig = new Rig();
  for (let n = 0; n <= 2; n++) rig.scrape(T0 + n * 10_000, istio(n * 10));
  const directory = new LiveDirectory(rig.slots, rig.ids);
  for (const view of ["service", "workload", "namespace"]) {
    const { nodes } = await rig.graph({ view });
    const callsOf = (name: string) => directory.node(nodes.find((node) => node.name === name)?.id ?? "");
    if (view === "namespace") {
      expect(callsOf("shop")).toMatchObject({ side: "server", services: [{ name: "api" }] });
      continue;
    }
    expect(callsOf("api")).toMatchObject({ side: "server", services: [{ name: "api", namespace: "shop" }] });
    expect(callsOf("web")).toMatchObject({ side: "client", services: [{ name: "web" }] });
  }
  expect(directory.node("nowhere")).toBeUndefined();
});
