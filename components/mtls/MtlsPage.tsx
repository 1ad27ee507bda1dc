"use client";
/** How traffic is secured: coverage by place and edge, callers in plaintext with why, certificates with time left. */
import type { CertificateList, MtlsAnswer } from "../../lib/query/schema/security.ts";
import { count, plain } from "../../lib/view/format.ts";
import { asFailure } from "../data/api.ts";
import { useCertificates, useMtls } from "../data/security.ts";
import { useViewState } from "../data/use-view-state.ts";
import { EmptyEstate } from "../shell/EmptyEstate.tsx";
import { FailureNotice } from "../shell/FailureNotice.tsx";
import { StaleNote } from "../shell/StaleNote.tsx";
import { cx } from "../ui/cx.ts";
import { SkeletonRows } from "../ui/Skeleton.tsx";
import { Choice } from "../ui/Toggle.tsx";
import { CertificateStates } from "./CertificateSummary.tsx";
import { CertificatesTable } from "./CertificatesTable.tsx";
import { CoverageTable } from "./CoverageTable.tsx";
import { MtlsHead } from "./MtlsHead.tsx";
import { PlaintextTable } from "./PlaintextTable.tsx";
import { type MtlsTab, type Tab, useMtlsTab } from "./use-mtls-tab.ts";

interface Data {
  readonly mtls: MtlsAnswer | undefined;
  readonly certificates: CertificateList | undefined;
}

function numbered(words: string, total: number | undefined): string {
  return total === undefined ? words : `${words} ${plain(count(total))}`;
}

function Tabs({ tab, setTab, mtls, certificates }: Pick<MtlsTab, "tab" | "setTab"> & Data) {
  const options: readonly { readonly value: Tab; readonly label: string }[] = [
    { value: "coverage", label: "Coverage" },
    { value: "plaintext", label: numbered("Plaintext callers", mtls?.plaintext.total) },
    { value: "certificates", label: numbered("Certificates", certificates?.total) },
  ];
  return <Choice label="Table" value={tab} options={options} onChange={setTab} />;
}

function Table({ state, mtls, certificates }: { readonly state: MtlsTab } & Data) {
  const tabs = <Tabs {...state} mtls={mtls} certificates={certificates} />;
  if (state.tab === "certificates") {
    if (certificates === undefined) return <SkeletonRows />;
    return <CertificatesTable list={certificates} state={state} tabs={tabs} />;
  }
  if (mtls === undefined) return <SkeletonRows />;
  if (state.tab === "plaintext") return <PlaintextTable answer={mtls} state={state} tabs={tabs} />;
  return <CoverageTable answer={mtls} state={state} tabs={tabs} />;
}

export function MtlsPage() {
  const [view] = useViewState();
  const state = useMtlsTab();
  const mtls = useMtls(view);
  const certificates = useCertificates(view);
  const shown = state.tab === "certificates" ? certificates : mtls;
  const failure = asFailure(shown.error);
  const retry = () => void shown.refetch();
  if (shown.data === undefined) {
    if (failure === null) return <SkeletonRows />;
    return <FailureNotice title="How traffic is secured could not be read" failure={failure} onRetry={retry} />;
  }
  if (mtls.data?.total === 0 && certificates.data?.total === 0) {
    return <EmptyEstate title="No traffic and no certificate was seen in this window" />;
  }
  return (
    <div aria-busy={shown.isPlaceholderData} className="flex h-full flex-col">
      <h1 className="sr-only">mTLS</h1>
      {failure === null ? null : <StaleNote failure={failure} receivedAtMs={shown.dataUpdatedAt} onRetry={retry} />}
      <div
        className={cx("flex min-h-0 flex-1 flex-col", (shown.isPlaceholderData || failure !== null) && "opacity-55")}
      >
        <MtlsHead
          coverage={mtls.data?.estate ?? null}
          certificates={certificates.data === undefined ? null : <CertificateStates list={certificates.data} />}
        />
        <div className="min-h-0 flex-1">
          <Table state={state} mtls={mtls.data} certificates={certificates.data} />
        </div>
      </div>
    </div>
  );
}
