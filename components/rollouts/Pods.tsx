/** Pods of both versions: ready, what they carry, what they fail. */
import type { RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import { percent, ratePerSec } from "../../lib/view/format.ts";
import { Num } from "../ui/Num.tsx";

const ARMS = { canary: "new", stable: "old", other: "other" } as const;

export function Pods({ pods }: Pick<RolloutDetail, "pods">) {
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-sm">
        <thead className="text-left text-xs text-quiet">
          <tr>
            {["pod", "version", "", "ready", "requests", "failed"].map((name) => (
              <th key={name} className="py-1 pr-4 font-normal">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {pods.map((pod) => (
            <tr key={pod.name} className="border-t border-line">
              <th className="max-w-64 truncate py-1 pr-4 text-left font-mono text-xs font-normal" title={pod.name}>
                {pod.name}
              </th>
              <td className="pr-4">{pod.version}</td>
              <td className="pr-4 text-quiet">{ARMS[pod.arm]}</td>
              <td className="pr-4">{pod.ready === null ? "not known" : pod.ready ? "ready" : "not ready"}</td>
              <td className="pr-4">
                <Num figure={ratePerSec(pod.requestsPerSec, pod.absent?.["requestsPerSec"])} />
              </td>
              <td>
                <Num figure={percent(pod.errorRatio, pod.absent?.["errorRatio"])} dash />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
