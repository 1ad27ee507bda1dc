"use client";
/** What the palette finds: services, nodes of the map in its view, saved views. At most 40 of each are listed at once. */
import { Command } from "cmdk";
import type { ReactNode } from "react";
import type { GraphNode } from "../../lib/query/schema/graph.ts";
import { findMatches, nodeLabel } from "../../lib/view/find.ts";
import { viewsNamed, viewWords } from "../../lib/view/saved-views.ts";
import { linkTo } from "../../lib/view/url-state.ts";
import { useServices } from "../data/lists.ts";
import { useSavedViews } from "../data/saved-views.ts";
import { useGraph } from "../data/use-graph.ts";
import { useHiddenNodes } from "../data/use-hidden-nodes.ts";
import { useViewState } from "../data/use-view-state.ts";

const SHOWN = 40;
export const GROUP =
  "[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-quiet";

interface ThingsProps {
  readonly text: string;
  readonly go: (href: string) => void;
}

function heading(name: string, found: number): string {
  return found > SHOWN ? `${name}: ${SHOWN} of ${found}, type for the rest` : name;
}

export function Item({
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

interface NodeThingsProps {
  readonly title: string;
  readonly nodes: readonly GraphNode[];
  readonly onChoose: (id: string) => void;
}

function NodeThings({ title, nodes, onChoose }: NodeThingsProps) {
  if (nodes.length === 0) return null;
  return (
    <Command.Group heading={heading(title, nodes.length)} className={GROUP}>
      {nodes.slice(0, SHOWN).map((node) => {
        const aside = [node.kind, node.namespace].filter((part) => part !== "").join(" · ");
        return (
          <Item key={node.id} value={`${title} ${node.id}`} aside={aside} onSelect={() => onChoose(node.id)}>
            {nodeLabel(node)}
          </Item>
        );
      })}
    </Command.Group>
  );
}

/** What is in the picture, and what the text names beside it: the map goes to its surroundings. */
export function MapThings({ text, go }: ThingsProps) {
  const [state] = useViewState();
  const { graph } = useGraph();
  const nodes = graph?.nodes ?? [];
  const hidden = useHiddenNodes(text);
  const found = (of: readonly GraphNode[]): readonly GraphNode[] => {
    const byId = new Map(of.map((node) => [node.id, node]));
    return findMatches(of, text).flatMap((id) => byId.get(id) ?? []);
  };
  const shown = new Set(nodes.map(({ id }) => id));
  return (
    <>
      <NodeThings
        title="On the map"
        nodes={text.trim() === "" ? nodes : found(nodes)}
        onChoose={(id) => go(linkTo("/", state, { node: id }))}
      />
      <NodeThings
        title="Not in the picture"
        nodes={found(hidden.filter(({ id }) => !shown.has(id)))}
        onChoose={(id) => go(linkTo("/", state, { focus: id, node: id, hops: null, way: null, ops: null }))}
      />
    </>
  );
}

/** Views that were saved in this browser. */
export function ViewThings({ text, go }: ThingsProps) {
  const { views } = useSavedViews();
  const found = viewsNamed(views, text);
  if (found.length === 0) return null;
  return (
    <Command.Group heading={heading("Saved views", found.length)} className={GROUP}>
      {found.slice(0, SHOWN).map(({ id, name, path }) => (
        <Item key={id} value={`view ${id}`} aside={viewWords(path)} onSelect={() => go(path)}>
          {name}
        </Item>
      ))}
    </Command.Group>
  );
}

export function ServiceThings({ text, go }: ThingsProps) {
  const [state] = useViewState();
  const { data } = useServices(state);
  const wanted = text.trim().toLowerCase();
  const services = (data?.services ?? []).filter((service) => service.name.toLowerCase().includes(wanted));
  if (services.length === 0) return null;
  return (
    <Command.Group heading={heading("Services", services.length)} className={GROUP}>
      {services.slice(0, SHOWN).map(({ id, name, namespace }) => (
        <Item
          key={id}
          value={`service ${id}`}
          aside={`service · ${namespace}`}
          onSelect={() => go(linkTo(`/services/${id}`, state))}
        >
          {name}
        </Item>
      ))}
    </Command.Group>
  );
}
