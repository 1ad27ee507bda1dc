"use client";
/** Title of the panel, what it is, its health and why. */
import type { Health } from "../../lib/query/schema/common.ts";
import { healthReasons } from "../../lib/view/health-words.ts";
import { StateMark } from "../ui/StateMark.tsx";

interface PanelHeadProps {
  readonly title: string;
  readonly kind: string;
  readonly place: string;
  readonly health?: Health;
}

export function PanelHead({ title, kind, place, health }: PanelHeadProps) {
  const reasons = health === undefined ? [] : healthReasons(health);
  return (
    <header className="flex flex-col gap-0.5">
      <h2 className="break-words pr-8 text-lg font-semibold">{title}</h2>
      <p className="text-quiet">{[kind, place].filter((part) => part !== "").join(" · ")}</p>
      {health === undefined ? null : (
        <p>
          <StateMark state={health.state} />
          {reasons.length === 0 ? null : <span className="text-quiet">: {reasons.join("; ")}</span>}
        </p>
      )}
    </header>
  );
}
