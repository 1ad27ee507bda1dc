"use client";
/** Go to anything: pages, saved views, services, what is on the map, a trace by its id, actions. */
import { Command } from "cmdk";
import { useRouter } from "next/navigation";
import { useRef, useState } from "react";
import { asTraceId } from "../../lib/view/trace-id.ts";
import { linkTo, toggleLive } from "../../lib/view/url-state.ts";
import { useMeta } from "../data/queries.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Modal } from "../ui/Modal.tsx";
import { GROUP, Item, MapThings, ServiceThings, ViewThings } from "./PaletteThings.tsx";
import { PAGES } from "./pages.ts";
import { useToggleTheme } from "./ThemeToggle.tsx";
import { type PaletteAction, useMapActions } from "./use-map-actions.ts";

interface PaletteProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

export function Palette({ open, onOpenChange }: PaletteProps) {
  const router = useRouter();
  const [state, update] = useViewState();
  const [text, setText] = useState("");
  const { data: meta } = useMeta();
  const simulated = (meta?.simulated ?? null) !== null;
  const toggleTheme = useToggleTheme();
  const done = (run: () => void) => {
    onOpenChange(false);
    setText("");
    run();
  };
  const go = (href: string) => done(() => router.push(href));
  const after = useRef<(() => void) | null>(null);
  const act = ({ run, isAfter }: PaletteAction) => {
    if (isAfter !== true) return done(run);
    after.current = run;
    done(() => undefined);
  };
  const onClosed = () => {
    after.current?.();
    after.current = null;
  };
  const wanted = text.trim().toLowerCase();
  const fits = (label: string) => label.toLowerCase().includes(wanted);
  const traceId = asTraceId(text);
  const onMap = useMapActions((href) => router.push(href));
  const actions: readonly PaletteAction[] = [
    { label: "Light or dark", run: toggleTheme },
    {
      label: state.time.kind === "live" ? "Pause" : "Go live",
      run: () => update({ time: toggleLive(state.time, Date.now()) }),
    },
    {
      label: "Clear scope and find",
      run: () => update({ meshes: [], clusters: [], namespaces: [], find: "", match: 0 }),
    },
    ...onMap,
  ].filter((action) => fits(action.label));
  const pages = PAGES.filter((page) => (page.simulated === undefined || simulated) && fits(page.label));
  return (
    <Modal title="Go to anything" hideTitle {...{ open, onOpenChange, onClosed }}>
      <Command label="Go to anything" shouldFilter={false} className="flex flex-col">
        <Command.Input
          value={text}
          onValueChange={setText}
          placeholder="A service, a workload, a page, a saved view, a trace id, an action"
          className="h-11 border-b border-line bg-transparent px-4 outline-none"
        />
        <Command.List className="max-h-[50vh] overflow-auto p-2">
          <Command.Empty className="px-2 py-3 text-quiet">Nothing here has that name.</Command.Empty>
          {traceId === undefined ? null : (
            <Item value="trace" onSelect={() => go(linkTo(`/traces/${traceId}`, state))}>
              Open trace {traceId}
            </Item>
          )}
          {pages.length === 0 ? null : (
            <Command.Group heading="Pages" className={GROUP}>
              {pages.map((page) => (
                <Item key={page.path} value={page.path} onSelect={() => go(linkTo(page.path, state))}>
                  {page.label}
                </Item>
              ))}
            </Command.Group>
          )}
          <ViewThings text={text} go={go} />
          <ServiceThings text={text} go={go} />
          <MapThings text={text} go={go} />
          {actions.length === 0 ? null : (
            <Command.Group heading="Actions" className={GROUP}>
              {actions.map((action) => (
                <Item key={action.label} value={action.label} onSelect={() => act(action)}>
                  {action.label}
                </Item>
              ))}
            </Command.Group>
          )}
        </Command.List>
      </Command>
    </Modal>
  );
}
