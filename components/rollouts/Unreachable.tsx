"use client";
/** Control planes that could not be asked: what is shown may lack their rollouts, or be old. Nothing where all answered. */
import { useState } from "react";
import type { RolloutList } from "../../lib/query/schema/rollouts.ts";

type Planes = RolloutList["unreachable"];

/** One that was slow once is not worth a word: what it says next time stands there within seconds. */
function useLasting(planes: Planes): Planes {
  const [seen, setSeen] = useState<{ readonly now: Planes; readonly before: Planes }>({ now: planes, before: [] });
  if (planes !== seen.now) setSeen({ now: planes, before: seen.now });
  return planes.filter(({ target, code }) => code !== "slow" || seen.before.some((one) => one.target === target));
}

export function Unreachable({ planes }: { readonly planes: Planes }) {
  const lasting = useLasting(planes);
  if (lasting.length === 0) return null;
  return (
    <ul role="status" className="flex flex-col gap-0.5 border-b border-line bg-panel px-4 py-2 text-degraded-text">
      {lasting.map(({ target, code, message }) => (
        <li key={target}>
          {code === "slow"
            ? `${target} is slow: ${message}. Its rollouts stand as they were read last.`
            : `${target} cannot be asked: ${message}`}{" "}
          <code className="font-mono text-xs">{code}</code>
        </li>
      ))}
    </ul>
  );
}
