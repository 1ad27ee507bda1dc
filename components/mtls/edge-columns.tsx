/** Columns of edges: how each is secured, and the callers in plaintext with why. */
import { ListTree, Network } from "lucide-react";
import Link from "next/link";
import type { SecuredEdge } from "../../lib/query/schema/security.ts";
import { plaintextReason, securedTotal } from "../../lib/view/coverage.ts";
import { count, percent } from "../../lib/view/format.ts";
import { Num } from "../ui/Num.tsx";
import type { Column } from "../ui/table-column.ts";
import { evidenceColumn, lockColumn, shareColumns } from "./share-columns.tsx";

export interface EdgeLinks {
  readonly map: (edge: SecuredEdge) => string;
  readonly traces: (edge: SecuredEdge) => string;
}

/** A name with where it stands, so that two of one name are told apart. */
function placed({ name, namespace, cluster }: SecuredEdge["source"]): string {
  return [namespace, cluster].filter((part) => part !== "").join(" · ") || name;
}

function end(id: "source" | "target", header: string): Column<SecuredEdge> {
  return {
    id,
    header,
    width: 150,
    filterable: true,
    value: (edge) => edge[id].name,
    cell: (edge) => <span title={placed(edge[id])}>{edge[id].name}</span>,
  };
}

const NAMESPACE: Column<SecuredEdge> = {
  id: "namespace",
  header: "Namespace",
  width: 104,
  filterable: true,
  value: ({ source, target }) => target.namespace || source.namespace,
};

const PROTOCOL: Column<SecuredEdge> = {
  id: "protocol",
  header: "Protocol",
  width: 76,
  filterable: true,
  value: ({ protocol }) => protocol,
};

const REASON: Column<SecuredEdge> = {
  id: "reason",
  header: "Why",
  width: 340,
  value: ({ reason }) => reason ?? "",
  cell: ({ reason }) => <span title={plaintextReason(reason)}>{plaintextReason(reason)}</span>,
};

const LINK = "inline-flex items-center gap-1 underline-offset-2 hover:text-accent hover:underline";

function onward({ map, traces }: EdgeLinks): Column<SecuredEdge> {
  return {
    id: "onward",
    header: "Onward",
    width: 124,
    value: ({ id }) => id,
    cell: (edge) => {
      const name = `${edge.source.name} → ${edge.target.name}`;
      return (
        <span className="inline-flex gap-3 text-quiet">
          <Link href={map(edge)} className={LINK} aria-label={`${name} on the map`}>
            <Network size={12} aria-hidden="true" />
            map
          </Link>
          <Link href={traces(edge)} className={LINK} aria-label={`Traces of ${name}`}>
            <ListTree size={12} aria-hidden="true" />
            traces
          </Link>
        </span>
      );
    },
  };
}

export function securedEdgeColumns(links: EdgeLinks): readonly Column<SecuredEdge>[] {
  return [
    lockColumn(),
    end("source", "Caller"),
    end("target", "Destination"),
    NAMESPACE,
    PROTOCOL,
    ...shareColumns<SecuredEdge>(),
    onward(links),
    REASON,
    evidenceColumn(),
  ];
}

export function plaintextColumns(links: EdgeLinks): readonly Column<SecuredEdge>[] {
  return [
    end("source", "Caller"),
    end("target", "Destination"),
    {
      id: "plaintext",
      header: "In plaintext",
      align: "right",
      width: 140,
      value: ({ plaintext }) => plaintext,
      cell: ({ plaintext, mtls }) => (
        <Num figure={{ ...count(plaintext), unit: mtls?.unit ?? "" }} className="font-medium text-failing-text" />
      ),
    },
    {
      id: "share",
      header: "Share",
      align: "right",
      width: 84,
      value: ({ mtls }) => mtls?.plaintext ?? null,
      cell: ({ mtls }) => (
        <span title={mtls === null ? "" : `of ${securedTotal(mtls)}`}>
          <Num dash figure={percent(mtls?.plaintext)} />
        </span>
      ),
    },
    { ...REASON, width: 420 },
    NAMESPACE,
    PROTOCOL,
    onward(links),
    evidenceColumn(),
  ];
}
