/** Control planes that could not be asked: what is shown may lack their rollouts. Nothing where all answered. */
import type { RolloutList } from "../../lib/query/schema/rollouts.ts";

export function Unreachable({ planes }: { readonly planes: RolloutList["unreachable"] }) {
  if (planes.length === 0) return null;
  return (
    <ul role="status" className="flex flex-col gap-0.5 border-b border-line bg-panel px-4 py-2 text-degraded-text">
      {planes.map(({ target, code, message }) => (
        <li key={target}>
          {target} cannot be asked: {message} <code className="font-mono text-xs">{code}</code>
        </li>
      ))}
    </ul>
  );
}
