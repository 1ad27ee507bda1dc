/** No release is known: how to tell the collector of control planes, and how to start a rollout. */
import Link from "next/link";
import type { RolloutList } from "../../lib/query/schema/rollouts.ts";
import { CodeLine } from "../ui/CodeLine.tsx";
import { Notice } from "../ui/Notice.tsx";
import { Unreachable } from "./Unreachable.tsx";

const CONTROL = `control:
  kubernetes: [{name: c1, mesh: istio, kubeconfig: ./kubeconfig, context: prod, namespaces: [shop]}]
  consul: [{name: dc1, url: "http://127.0.0.1:8500"}]
  appMesh: [{name: eu-west-1, region: eu-west-1, mesh: shop}]`;

const START = `curl -X POST http://127.0.0.1:4320/api/v1/rollouts -H 'content-type: application/json' -d '{
  "id": "web-v2", "name": "web v2", "service": "web",
  "routes": [{"id": "web", "driver": "consul", "cluster": "dc1", "namespace": "default",
              "object": "web", "rule": "web", "stable": "web/v1", "canary": "web/v2"}],
  "steps": [{"weight": 0.1}, {"pause": "manual"}, {"weight": 1}]}'`;

export function NoRollouts({ unreachable }: Pick<RolloutList, "unreachable">) {
  return (
    <div className="flex h-full flex-col">
      <Unreachable planes={unreachable} />
      <Notice title="No rollout is known">
        <p>Tell the collector which control planes it may speak to, and start it again:</p>
        <CodeLine text={CONTROL} label="the settings" />
        <p>
          Then start a release{" "}
          <Link href="/rollouts/new" className="text-accent underline">
            in the form
          </Link>
          , or on a command line:
        </p>
        <CodeLine text={START} label="the command" />
      </Notice>
    </div>
  );
}
