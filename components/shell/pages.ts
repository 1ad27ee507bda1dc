/** The pages of the console, for the navigation, the palette and the shortcuts. */
import {
  Grid3x3,
  ListTree,
  LockKeyhole,
  type LucideIcon,
  Network,
  PlugZap,
  Rocket,
  ScrollText,
  SlidersHorizontal,
  Waypoints,
} from "lucide-react";
import type { Action } from "../../lib/view/shortcuts.ts";

export interface Page {
  readonly path: string;
  readonly label: string;
  readonly icon: LucideIcon;
  readonly action: Action | null;
  /** Shown only beside a simulated estate. */
  readonly simulated?: true;
}

export const PAGES: readonly Page[] = [
  { path: "/", label: "Map", icon: Network, action: "goMap" },
  { path: "/heatmap", label: "Heatmap", icon: Grid3x3, action: "goHeatmap" },
  { path: "/traces", label: "Traces", icon: ListTree, action: "goTraces" },
  { path: "/services", label: "Services", icon: Waypoints, action: "goServices" },
  { path: "/rollouts", label: "Rollouts", icon: Rocket, action: "goRollouts" },
  { path: "/mtls", label: "mTLS", icon: LockKeyhole, action: "goMtls" },
  { path: "/audit", label: "Audit", icon: ScrollText, action: "goAudit" },
  { path: "/sources", label: "Sources", icon: PlugZap, action: "goSources" },
  { path: "/simulation", label: "Simulation", icon: SlidersHorizontal, action: null, simulated: true },
];

export function isCurrent(page: Page, pathname: string): boolean {
  return page.path === "/" ? pathname === "/" : pathname === page.path || pathname.startsWith(`${page.path}/`);
}
