"use client";
/**
 * The palette's actions of the map. From another page they lead there first; on the map they leave table or wall only where they
 * cannot be done there, and all else as it is.
 */
import { usePathname } from "next/navigation";
import { useEffect } from "react";
import { VIEWS } from "../../lib/query/schema/graph.ts";
import { parseAgainst } from "../../lib/view/compare-view.ts";
import { FOLD_CHOICES, type FoldChoice, linkTo, type ViewState } from "../../lib/view/url-state.ts";
import { askMap, forgetAsked, type MapCommand, toLeave } from "../data/map-commands.ts";
import { useFullScreen } from "../data/use-full-screen.ts";
import { usePins } from "../data/use-pins.ts";
import { useParam, useViewState } from "../data/use-view-state.ts";
import { useWall } from "../data/use-wall.ts";

export interface PaletteAction {
  readonly label: string;
  readonly run: () => void;
  /** Only when the palette is gone and the keyboard is back where it was: it takes the keyboard elsewhere. */
  readonly isAfter?: true;
}

interface Way {
  /** Changes the map, where it is on screen; else goes to the map as it is then. */
  readonly to: (patch: Partial<ViewState>) => void;
  readonly go: (href: string) => void;
}

const FOLD_WORDS: Readonly<Record<FoldChoice, string>> = {
  auto: "Fold by the size of the estate",
  none: "Unfold all boxes",
  namespace: "Fold by namespace",
  cluster: "Fold by cluster",
  mesh: "Fold by mesh",
};

const COMMANDS: readonly (readonly [MapCommand, string])[] = [
  ["fit", "Fit all"],
  ["arrange", "Arrange anew"],
  ["legend", "Legend"],
  ["png", "Take away the picture (PNG)"],
  ["svg", "Take away the picture (SVG)"],
  ["edges", "Take away the edges (CSV)"],
  ["nodes", "Take away the nodes (CSV)"],
  ["json", "Take away everything (JSON)"],
  ["link", "Take away a link to this window"],
];

function shapes(state: ViewState, { to }: Way): readonly PaletteAction[] {
  const folds = FOLD_CHOICES.filter((fold) => fold !== state.fold);
  const views = VIEWS.filter((view) => view !== state.view);
  return [
    { label: state.idle ? "Hide what is idle" : "Show what is idle", run: () => to({ idle: !state.idle }) },
    {
      label: state.boxes === "mesh" ? "Without mesh frames" : "Mesh frames",
      run: () => to({ boxes: state.boxes === "mesh" ? "place" : "mesh" }),
    },
    ...folds.map((fold) => ({ label: FOLD_WORDS[fold], run: () => to({ fold, expand: [], collapse: [] }) })),
    ...views.map((view) => ({ label: `View by ${view}`, run: () => to({ view }) })),
  ];
}

/** Full screen and the wall: both take the screen, and give it back. */
function useScreenActions(state: ViewState, { go }: Way, onMap: boolean): readonly PaletteAction[] {
  const [isFull, setFull] = useFullScreen();
  const wall = useWall();
  const enter = (): void => {
    if (onMap) {
      wall.enter();
      return;
    }
    setFull(true);
    const time = state.time.kind === "live" ? state.time : ({ kind: "live", minutes: 5 } as const);
    go(linkTo("/", { ...state, time }, { wall: "1" }));
  };
  return [
    { label: isFull ? "Leave full screen" : "Full screen", run: () => setFull(!isFull) },
    onMap && wall.isWall ? { label: "Leave the wall", run: wall.leave } : { label: "On a wall", run: enter },
  ];
}

/** Asks the map for it, wherever one is; what is not done yet is given up on the way to elsewhere. */
function useAsk(state: ViewState, go: (href: string) => void): (id: MapCommand) => () => void {
  const path = usePathname();
  const [show, setShow] = useParam("show");
  const { isWall, leave } = useWall();
  useEffect(() => {
    if (path !== "/") forgetAsked();
  }, [path]);
  return (id) => () => {
    if (askMap(id, Date.now())) return;
    if (path !== "/") {
      go(linkTo("/", state));
      return;
    }
    const left = toLeave(id, { isTable: show === "table", isWall });
    if (left.table) setShow(null);
    if (left.wall) leave();
  };
}

export function useMapActions(go: (href: string) => void): readonly PaletteAction[] {
  const [state, update] = useViewState();
  const onMap = usePathname() === "/";
  const [show, setShow] = useParam("show");
  const [against, setAgainst] = useParam("against");
  const { pins, clear } = usePins();
  const to = (patch: Partial<ViewState>) => (onMap ? update(patch) : go(linkTo("/", { ...state, ...patch })));
  const way: Way = { to, go };
  const screen = useScreenActions(state, way, onMap);
  const isTable = onMap && show === "table";
  const compared = onMap ? parseAgainst(against) : "off";
  const ask = useAsk(state, go);
  return [
    ...COMMANDS.map(([id, label]) => ({ label, run: ask(id), isAfter: true as const })),
    ...screen,
    isTable
      ? { label: "Show as a graph", run: () => setShow(null) }
      : {
          label: "Show as a table",
          run: onMap ? () => setShow("table") : () => go(linkTo("/", state, { show: "table" })),
        },
    ...shapes(state, way),
    ...(typeof compared === "string"
      ? [{ label: "Compare: mark as A", run: ask("mark"), isAfter: true as const }]
      : []),
    ...(compared === "off" ? [] : [{ label: "Stop comparing", run: () => setAgainst(null) }]),
    ...(pins.size === 0 ? [] : [{ label: `Let go of all pins: ${pins.size}`, run: clear }]),
  ];
}
