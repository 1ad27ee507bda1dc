"use client";
/** The frame: navigation, top bar, the page, the status line; shortcuts, help and palette. */
import { usePathname, useRouter } from "next/navigation";
import { type ReactNode, useState } from "react";
import type { Action } from "../../lib/view/shortcuts.ts";
import { linkTo, stepWindow, toggleLive } from "../../lib/view/url-state.ts";
import { asFailure } from "../data/api.ts";
import { LiveGraph } from "../data/LiveGraph.tsx";
import { useMeta } from "../data/queries.ts";
import { useFullScreen } from "../data/use-full-screen.ts";
import { useViewState } from "../data/use-view-state.ts";
import { useWall } from "../data/use-wall.ts";
import { FIND_ID } from "./FindField.tsx";
import { HelpDialog } from "./HelpDialog.tsx";
import { Nav } from "./Nav.tsx";
import { Palette } from "./Palette.tsx";
import { PAGES } from "./pages.ts";
import { SignIn } from "./SignIn.tsx";
import { StatusLine } from "./StatusLine.tsx";
import { TopBar } from "./TopBar.tsx";
import { useShortcuts } from "./use-shortcuts.ts";

type Overlay = "help" | "palette" | null;

/** What is typed next replaces what was looked for before. */
function enterFind(): void {
  const box = document.getElementById(FIND_ID);
  if (!(box instanceof HTMLInputElement)) return;
  box.focus();
  box.select();
}

function useActions(show: (overlay: Overlay) => void): (action: Action) => void {
  const router = useRouter();
  const [state, update] = useViewState();
  return (action) => {
    const now = Date.now();
    const page = PAGES.find((p) => p.action === action);
    if (page !== undefined) router.push(linkTo(page.path, state));
    else if (action === "help" || action === "palette") show(action);
    else if (action === "find") enterFind();
    else if (action === "live") update({ time: toggleLive(state.time, now) });
    else if (action === "back") update({ time: stepWindow(state.time, -1, now) });
    else if (action === "forward" && state.time.kind === "range") update({ time: stepWindow(state.time, 1, now) });
  };
}

/** An approval link is its own authority. */
const OPEN_PAGE = "/approve";

/** The page, or the way in while the collector does not know who asks. */
function Admitted({ children }: { readonly children: ReactNode }) {
  const { error } = useMeta();
  const path = usePathname();
  return asFailure(error)?.status === 401 && path !== OPEN_PAGE ? <SignIn /> : children;
}

export function Shell({ children }: { readonly children: ReactNode }) {
  const [overlay, setOverlay] = useState<Overlay>(null);
  useShortcuts(useActions(setOverlay));
  const path = usePathname();
  const { isWall } = useWall();
  const isBare = isWall && path === "/";
  const [isFull] = useFullScreen();
  // Scope, view and time mean nothing to a link that does one thing: on a phone they would push its button away.
  const isLink = path === OPEN_PAGE;
  return (
    <div className="flex h-dvh flex-col sm:flex-row">
      <a
        href="#main"
        className="fixed left-2 top-2 z-50 -translate-y-16 rounded-md border border-line bg-panel px-3 py-1.5 focus:translate-y-0"
      >
        Skip to the page
      </a>
      <LiveGraph />
      {isBare || isFull ? null : <Nav />}
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        {isBare || isLink ? null : <TopBar />}
        <main id="main" tabIndex={-1} className="relative min-h-0 min-w-0 flex-1 overflow-hidden outline-none">
          <Admitted>{children}</Admitted>
        </main>
        {isBare ? null : <StatusLine />}
      </div>
      <HelpDialog open={overlay === "help"} onOpenChange={(open) => setOverlay(open ? "help" : null)} />
      <Palette open={overlay === "palette"} onOpenChange={(open) => setOverlay(open ? "palette" : null)} />
    </div>
  );
}
