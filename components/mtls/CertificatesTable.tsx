"use client";
/** Certificates that processes tell of, worst first, and which meshes tell of none. */
import { type ReactNode, useMemo } from "react";
import type { Certificate, CertificateList } from "../../lib/query/schema/security.ts";
import { clock } from "../../lib/view/time.ts";
import { certificatesPath } from "../data/security.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Rest } from "../shell/Rest.tsx";
import { SameAsButton } from "../shell/SameAs.tsx";
import { DataTable } from "../ui/DataTable.tsx";
import { UncollectedCertificates } from "./CertificateSummary.tsx";
import { certificateColumns } from "./certificate-columns.tsx";
import type { MtlsTab } from "./use-mtls-tab.ts";

interface CertificatesTableProps {
  readonly list: CertificateList;
  readonly state: MtlsTab;
  readonly tabs: ReactNode;
}

function holds({ workload, namespace, name, instance }: Certificate, find: string): boolean {
  return `${workload} ${namespace} ${name} ${instance}`.toLowerCase().includes(find.trim().toLowerCase());
}

export function CertificatesTable({ list, state, tabs }: CertificatesTableProps) {
  const [view] = useViewState();
  const { certificates, total, nextCursor, notCollected, atMs } = list;
  const columns = useMemo(() => certificateColumns(atMs), [atMs]);
  const rows = useMemo(() => certificates.filter((one) => holds(one, view.find)), [certificates, view.find]);
  return (
    <DataTable
      label="Certificates, worst first"
      rows={rows}
      columns={columns}
      rowId={(certificate) => certificate.id}
      state={state.table}
      onState={state.setTable}
      tools={
        <>
          {tabs}
          <span className="text-xs text-quiet">
            as of {clock(atMs)}
            <Rest shown={certificates.length} total={total} path={certificatesPath(view, nextCursor)} />
          </span>
          <UncollectedCertificates notCollected={notCollected} />
        </>
      }
      aside={<SameAsButton path={certificatesPath(view, null)} />}
    />
  );
}
