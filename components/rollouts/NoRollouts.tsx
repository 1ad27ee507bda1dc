/** No release is known: how to tell the collector of a control plane, and how to start a rollout. */
import type { RolloutList } from "../../lib/query/schema/rollouts.ts";
import { CodeLine } from "../ui/CodeLine.tsx";
import { Notice } from "../ui/Notice.tsx";
import { Unreachable } from "./Unreachable.tsx";

const CONTROL = `control:
  kubernetes: [{name: c1, mesh: istio, kubeconfig: ./kubeconfig, namespaces: [shop]}]
  consul: [{name: dc1, url: "http://127.0.0.1:8500"}]
  definitions: ./rollouts`;

export function NoRollouts({ unreachable }: Pick<RolloutList, "unreachable">) {
  return (
    <div className="flex h-full flex-col">
      <Unreachable planes={unreachable} />
      <Notice title="No rollout is known">
        <p>
          Tell the collector which control planes it may speak to, and put a definition into the folder. Rollouts of
          Argo Rollouts and Flagger are found by themselves.
        </p>
        <CodeLine text={CONTROL} label="the settings" />
        <p>
          To look around without a mesh: <code>npm run demo</code>.
        </p>
      </Notice>
    </div>
  );
}
