/** No release is known: how to tell the collector of a Consul, and how to start a rollout. */
import type { RolloutList } from "../../lib/query/schema/rollouts.ts";
import { CodeLine } from "../ui/CodeLine.tsx";
import { Notice } from "../ui/Notice.tsx";
import { Unreachable } from "./Unreachable.tsx";

const CONTROL = `control:
  consul: [{name: dc1, url: "http://127.0.0.1:8500"}]`;

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
        <p>Tell the collector which Consul it may speak to, and start it again. Other meshes are not spoken to yet.</p>
        <CodeLine text={CONTROL} label="the settings" />
        <p>Then start a release of a service that has a splitter:</p>
        <CodeLine text={START} label="the command" />
      </Notice>
    </div>
  );
}
