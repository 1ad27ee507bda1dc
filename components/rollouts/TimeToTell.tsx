"use client";
/** Said before a share is given: how long the judge needs there to see twice the errors, and to pass one that is as good. */
import { durationMs, percent, plain, ratePerSec } from "../../lib/view/format.ts";
import { type NeededAsk, useNeeded } from "../data/new-rollout.ts";

const minutesText = (minutes: number | null): string =>
  minutes === null ? "longer than anybody waits" : `about ${plain(durationMs(minutes * 60_000))}`;

export function TimeToTell(ask: NeededAsk) {
  const { data } = useNeeded(ask);
  if (data === undefined || ask.shares.length === 0) return null;
  return (
    <div className="flex flex-col">
      <p className="text-quiet">
        At {plain(ratePerSec(data.requestsPerSec))} with {plain(percent(data.badShare))} failures, half of all releases
        need more:
      </p>
      <table className="w-full max-w-lg text-sm">
        <thead className="text-left text-xs text-quiet">
          <tr>
            <th className="py-1 pr-4 font-normal">share</th>
            <th className="pr-4 font-normal">to see a doubling of errors</th>
            <th className="font-normal">to pass one as good</th>
          </tr>
        </thead>
        <tbody>
          {data.shares.map(({ share, minutes, minutesToPass }) => (
            <tr key={share} className="border-t border-line">
              <th className="py-0.5 pr-4 text-left font-normal">{plain(percent(share))}</th>
              <td className="pr-4">{minutesText(minutes)}</td>
              <td>{minutesText(minutesToPass)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
