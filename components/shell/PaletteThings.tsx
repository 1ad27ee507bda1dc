"use client";
/** What the palette finds in the estate: services, and nodes of the map in its view. At most 40 of each are listed at once. */
import { Command } from "cmdk";
import type { ReactNode } from "react";
import { findMatches, nodeLabel } from "../../lib/view/find.ts";
import { linkTo } from "../../lib/view/url-state.ts";
import { useServices } from "../data/lists.ts";
import { useGraph } from "../data/use-graph.ts";
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

export function MapThings({ text, go }: ThingsProps) {
  const [state] = useViewState();
  const { graph } = useGraph();
  const nodes = graph?.nodes ?? [];
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const ids = text.trim() === "" ? nodes.map((node) => node.id) : findMatches(nodes, text);
  if (ids.length === 0) return null;
  return (
    <Command.Group heading={heading("On the map", ids.length)} className={GROUP}>
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

export function ServiceThings({ text, go }: ThingsProps) {
  const [state] = useViewState();
  const { data } = useServices(state);
  const wanted = text.trim().toLowerCase();
  const services = (data?.services ?? []).filter((service) => service.name.toLowerCase().includes(wanted));
  if (wanted === "" || services.length === 0) return null;
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
