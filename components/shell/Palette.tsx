"use client";
/** Go to anything: pages, what is on the map, a trace by its id, actions. At most 40 things of the map are listed at once. */
import { Command } from "cmdk";
import { useRouter } from "next/navigation";
import { type ReactNode, useState } from "react";
import { findMatches, nodeLabel } from "../../lib/view/find.ts";
import { asTraceId } from "../../lib/view/trace-id.ts";
import { linkTo, toggleLive } from "../../lib/view/url-state.ts";
import { useGraph } from "../data/use-graph.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Modal } from "../ui/Modal.tsx";
import { PAGES } from "./pages.ts";
import { useToggleTheme } from "./ThemeToggle.tsx";

interface PaletteProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

const SHOWN = 40;
const GROUP =
  "[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-quiet";

function Item({
  value,
  onSelect,
  aside,
  children,
}: {
  readonly value: string;
  readonly onSelect: () => void;
  readonly aside?: string;
  readonly children: ReactNode;
}) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className="flex h-8 cursor-pointer items-center justify-between gap-3 rounded-sm px-2 data-[selected=true]:bg-hover"
    >
      <span className="truncate">{children}</span>
      {aside === undefined ? null : <span className="shrink-0 text-xs text-quiet">{aside}</span>}
    </Command.Item>
  );
}

function Things({ text, go }: { readonly text: string; readonly go: (href: string) => void }) {
  const [state] = useViewState();
  const { graph } = useGraph();
  const nodes = graph?.nodes ?? [];
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const ids = text.trim() === "" ? nodes.map((node) => node.id) : findMatches(nodes, text);
  if (ids.length === 0) return null;
  const heading = ids.length > SHOWN ? `On the map: ${SHOWN} of ${ids.length}, type for the rest` : "On the map";
  return (
    <Command.Group heading={heading} className={GROUP}>
      {ids.slice(0, SHOWN).map((id) => {
        const node = byId.get(id);
        if (node === undefined) return null;
        const aside = [node.kind, node.namespace].filter((part) => part !== "").join(" · ");
        return (
          <Item key={id} value={id} aside={aside} onSelect={() => go(linkTo("/", state, { node: id }))}>
            {nodeLabel(node)}
          </Item>
        );
      })}
    </Command.Group>
  );
}

export function Palette({ open, onOpenChange }: PaletteProps) {
  const router = useRouter();
  const [state, update] = useViewState();
  const [text, setText] = useState("");
  const toggleTheme = useToggleTheme();
  const done = (run: () => void) => {
    onOpenChange(false);
    setText("");
    run();
  };
  const go = (href: string) => done(() => router.push(href));
  const wanted = text.trim().toLowerCase();
  const fits = (label: string) => label.toLowerCase().includes(wanted);
  const traceId = asTraceId(text);
  const actions = [
    { label: "Light or dark", run: toggleTheme },
    {
      label: state.time.kind === "live" ? "Pause" : "Go live",
      run: () => update({ time: toggleLive(state.time, Date.now()) }),
    },
    {
      label: "Clear scope and find",
      run: () => update({ meshes: [], clusters: [], namespaces: [], find: "", match: 0 }),
    },
  ].filter((action) => fits(action.label));
  const pages = PAGES.filter((page) => page.simulated === undefined && fits(page.label));
  return (
    <Modal title="Go to anything" hideTitle open={open} onOpenChange={onOpenChange}>
      <Command label="Go to anything" shouldFilter={false} className="flex flex-col">
        <Command.Input
          value={text}
          onValueChange={setText}
          placeholder="A service, a page, a trace id, an action"
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
          <Things text={text} go={go} />
          {actions.length === 0 ? null : (
            <Command.Group heading="Actions" className={GROUP}>
              {actions.map((action) => (
                <Item key={action.label} value={action.label} onSelect={() => done(action.run)}>
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
