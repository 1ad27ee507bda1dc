/** Latency of both versions as shares of their requests, bucket by bucket, side by side. */
import type { RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import { durationMs, percent, plain } from "../../lib/view/format.ts";

type Latency = NonNullable<RolloutDetail["latency"]>;

function sharesOf(counts: readonly number[]): readonly number[] {
  const total = counts.reduce((sum, one) => sum + one, 0);
  return counts.map((one) => (total === 0 ? 0 : one / total));
}

function nameOf(boundsMs: readonly number[], i: number): string {
  const bound = boundsMs[i];
  return bound === undefined ? `over ${plain(durationMs(boundsMs.at(-1)))}` : `to ${plain(durationMs(bound))}`;
}

export function LatencyArms({ latency: { boundsMs, canary, stable } }: { readonly latency: Latency }) {
  const [next, now] = [sharesOf(canary), sharesOf(stable)];
  const most = Math.max(...next, ...now);
  const rows = next.map((share, i) => ({ name: nameOf(boundsMs, i), next: share, now: now[i] ?? 0 }));
  const seen = rows.filter((row) => row.next > 0 || row.now > 0);
  return (
    <table className="w-full text-sm">
      <thead className="text-left text-xs text-quiet">
        <tr>
          <th className="font-normal">took</th>
          <th className="font-normal">new version</th>
          <th className="font-normal">old version</th>
        </tr>
      </thead>
      <tbody>
        {seen.map((row) => (
          <tr key={row.name}>
            <th className="w-28 py-0.5 text-left font-normal tabular-nums">{row.name}</th>
            {[row.next, row.now].map((share, i) => (
              <td key={i === 0 ? "new" : "old"} className="pr-4">
                <span className="flex items-center gap-2">
                  <span
                    aria-hidden="true"
                    className={i === 0 ? "h-2 bg-accent" : "h-2 bg-line-strong"}
                    style={{ width: `${(share / most) * 70}%` }}
                  />
                  <span className="text-xs tabular-nums text-quiet">{plain(percent(share))}</span>
                </span>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
