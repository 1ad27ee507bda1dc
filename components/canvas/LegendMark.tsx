/** One mark of the legend as a 28 × 16 drawing, in the same colours and forms as on the canvas. */
import type { HealthState } from "../../lib/query/schema/common.ts";
import { toneOf } from "../../lib/view/graph/draw-marks.ts";
import { badgePath, meshPath, NO_PROXY_PATH, PIN_PATH } from "../../lib/view/graph/glyph-paths.ts";
import { type LockState, type Shape, STATE_MARK } from "../../lib/view/graph/graph-view.ts";
import type { LegendMark } from "../../lib/view/graph/legend.ts";

const LOCK_COLOURS = { closed: "healthy", half: "degraded", open: "failing", unknown: "unknown" } as const;

function ShapeMark({ shape }: { readonly shape: Shape }) {
  const common = { fill: "var(--color-panel)", stroke: "var(--color-quiet)", strokeWidth: 1.5 };
  switch (shape) {
    case "diamond":
      return <path d="M14 1 21 8 14 15 7 8Z" strokeLinejoin="round" {...common} />;
    case "box":
      return <rect x={8} y={2} width={12} height={12} rx={3} {...common} />;
    case "stack":
      return (
        <>
          <rect x={10} y={1} width={11} height={11} rx={3} {...common} />
          <rect x={7} y={4} width={11} height={11} rx={3} {...common} />
        </>
      );
    case "cloud":
      return <rect x={4} y={2.5} width={20} height={11} rx={5.5} strokeDasharray="3 2" {...common} />;
    case "tag":
      return <rect x={5} y={3} width={18} height={10} rx={2} {...common} />;
    case "door":
      return (
        <>
          <path d="M14 1 21 8 14 15 7 8Z" strokeLinejoin="round" {...common} />
          <path d="M14 4.6 17.4 8 14 11.4 10.6 8Z" {...common} strokeWidth={1} />
        </>
      );
    case "hexagon":
      return <path d="M21 8 17.5 14 10.5 14 7 8 10.5 2 17.5 2Z" strokeLinejoin="round" {...common} />;
    case "pass":
      return (
        <>
          <rect x={4} y={2.5} width={20} height={11} rx={5.5} {...common} />
          <path d="M4 8H9M19 8H24M20.2 5.8 23.4 8 20.2 10.2" {...common} fill="none" />
        </>
      );
    case "hole":
      return (
        <>
          <circle cx={14} cy={8} r={6} {...common} />
          <circle cx={14} cy={8} r={3.2} fill="var(--color-quiet)" />
        </>
      );
    case "dotted":
      return <circle cx={14} cy={8} r={6} strokeDasharray="0.5 2.6" strokeLinecap="round" {...common} />;
    default:
      return <circle cx={14} cy={8} r={6} {...common} />;
  }
}

function StateMark({ state }: { readonly state: HealthState }) {
  const colour = `var(--color-${toneOf(state)})`;
  return (
    <>
      <circle
        cx={14}
        cy={8}
        r={6}
        fill="var(--color-panel)"
        stroke={colour}
        strokeWidth={state === "noTraffic" ? 1 : state === "failure" ? 2.4 : 2}
      />
      <text x={14} y={11.2} textAnchor="middle" fontSize={9} fontWeight={700} fill={colour}>
        {STATE_MARK[state]}
      </text>
    </>
  );
}

function EdgeMark({ state }: { readonly state: HealthState }) {
  const tone = toneOf(state);
  const colour = `var(--color-${tone === "healthy" ? "idle" : tone})`;
  const fill = tone === "failing" || tone === "healthy" ? colour : "var(--color-panel)";
  return (
    <>
      <path d="M1 8H27" stroke={colour} strokeWidth={tone === "failing" ? 2.5 : 1.5} />
      <path d="M11 4 18 8 11 12Z" fill={fill} stroke={colour} strokeWidth={1.2} />
      {tone === "degraded" ? <path d="M11 4 18 8H11Z" fill={colour} /> : null}
    </>
  );
}

function LockMark({ lock }: { readonly lock: Exclude<LockState, null> }) {
  const colour = `var(--color-${LOCK_COLOURS[lock]})`;
  if (lock === "unknown") {
    return (
      <>
        <circle cx={14} cy={8} r={6} fill="none" stroke={colour} />
        <text x={14} y={11.4} textAnchor="middle" fontSize={9} fontWeight={600} fill={colour}>
          ?
        </text>
      </>
    );
  }
  const shackle = lock === "open" ? "M11 5V4.5a3 3 0 0 1 6 0V8" : "M11 8V4.5a3 3 0 0 1 6 0V8";
  return (
    <>
      <path d={shackle} fill="none" stroke={colour} strokeWidth={1.6} />
      <rect
        x={9}
        y={7.5}
        width={10}
        height={7}
        rx={1.2}
        fill={lock === "closed" ? colour : "var(--color-panel)"}
        stroke={colour}
        strokeWidth={1.2}
      />
      {lock === "half" ? <rect x={9} y={7.5} width={5} height={7} fill={colour} /> : null}
    </>
  );
}

function Drawing({ draw }: { readonly draw: LegendMark }) {
  const line = { stroke: "var(--color-idle)", fill: "none" };
  switch (draw.mark) {
    case "shape":
      return <ShapeMark shape={draw.shape} />;
    case "state":
      return <StateMark state={draw.state} />;
    case "edgeState":
      return <EdgeMark state={draw.state} />;
    case "lock":
      return <LockMark lock={draw.lock} />;
    case "width":
      return <path d="M1 6.6 27 5V11L1 8.4Z" fill="var(--color-idle)" />;
    case "tcp":
      return <path d="M1 8H27" strokeWidth={2} strokeDasharray="6 4" {...line} />;
    case "stale":
      return <path d="M1 8H27" strokeWidth={2} strokeDasharray="1.5 4" {...line} />;
    case "size":
      return (
        <>
          <circle cx={5} cy={8} r={3} stroke="var(--color-quiet)" fill="var(--color-panel)" />
          <circle cx={19} cy={8} r={6.5} stroke="var(--color-quiet)" fill="var(--color-panel)" />
        </>
      );
    case "errorShare":
      return (
        <>
          <circle cx={14} cy={8} r={6.5} stroke="var(--color-quiet)" fill="var(--color-panel)" />
          <path d="M14 3.5A4.5 4.5 0 0 1 18.5 8" stroke="var(--color-failing)" strokeWidth={2.5} fill="none" />
        </>
      );
    case "mesh":
      return <path d={meshPath(draw.mesh)} transform="translate(8 2)" fill="var(--color-quiet)" />;
    case "badge":
      return (
        <path
          d={badgePath(draw.badge)}
          transform="translate(8 2)"
          fill="none"
          stroke="var(--color-text)"
          strokeWidth={1.3}
          strokeLinecap="round"
        />
      );
    case "noProxy":
      return (
        <path
          d={NO_PROXY_PATH}
          transform="translate(8 2)"
          fill="none"
          stroke="var(--color-degraded)"
          strokeWidth={1.3}
        />
      );
    case "pin":
      return <path d={PIN_PATH} transform="translate(8 2)" fill="var(--color-accent)" />;
    case "box":
      return <rect x={2} y={2} width={24} height={12} rx={3} fill="var(--color-box)" stroke="var(--color-idle)" />;
  }
}

export function LegendMarkSvg({ draw }: { readonly draw: LegendMark }) {
  return (
    <svg width={28} height={16} viewBox="0 0 28 16" aria-hidden="true" className="shrink-0">
      <Drawing draw={draw} />
    </svg>
  );
}
