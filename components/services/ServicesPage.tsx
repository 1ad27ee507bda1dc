"use client";
/** Every service with its health and RED; a row opens the page of the service. */
import { useRouter } from "next/navigation";
import { useCallback, useMemo } from "react";
import type { ServiceList } from "../../lib/query/schema/estate.ts";
import { count, plain } from "../../lib/view/format.ts";
import { span } from "../../lib/view/time.ts";
import { linkTo, type ViewState } from "../../lib/view/url-state.ts";
import { asFailure } from "../data/api.ts";
import { servicesPath, useServices } from "../data/lists.ts";
import { useTableState } from "../data/use-table-state.ts";
import { useViewState } from "../data/use-view-state.ts";
import { EmptyEstate } from "../shell/EmptyEstate.tsx";
import { FailureNotice } from "../shell/FailureNotice.tsx";
import { Rest } from "../shell/Rest.tsx";
import { SameAsButton } from "../shell/SameAs.tsx";
import { cx } from "../ui/cx.ts";
import { DataTable } from "../ui/DataTable.tsx";
import { SkeletonRows } from "../ui/Skeleton.tsx";
import { serviceColumns } from "./service-columns.tsx";

const BY_RATE = { column: "rate", descending: true };

function Summary({ list, view }: { readonly list: ServiceList; readonly view: ViewState }) {
  const { services, total, window, nextCursor } = list;
  const failing = services.filter((service) => service.health.state === "failure").length;
  return (
    <p className="pr-2">
      {plain(count(total))} services
      {failing === 0 ? "" : <span className="font-medium text-failing-text">, {failing} failing</span>}
      <span className="text-quiet">
        {" "}
        · {span(window.start, window.end, Date.now())}
        <Rest
          shown={services.length}
          total={total}
          path={servicesPath(view, window.requested, nextCursor)}
          hint="narrow the scope"
        />
      </span>
    </p>
  );
}

export function ServicesPage() {
  const router = useRouter();
  const [view] = useViewState();
  const { data, error, isPlaceholderData, refetch } = useServices(view);
  const [state, setState] = useTableState(BY_RATE);
  const failure = asFailure(error);
  const text = view.find.trim().toLowerCase();
  const rows = useMemo(
    () =>
      (data?.services ?? []).filter((service) => `${service.name} ${service.namespace}`.toLowerCase().includes(text)),
    [data, text],
  );
  const hrefOf = useCallback((id: string) => linkTo(`/services/${id}`, view), [view]);
  const columns = useMemo(() => serviceColumns(hrefOf), [hrefOf]);
  if (data === undefined) {
    if (failure === null) return <SkeletonRows />;
    return <FailureNotice title="The services could not be read" failure={failure} onRetry={() => void refetch()} />;
  }
  if (data.services.length === 0) return <EmptyEstate title="No service was seen in this window" />;
  const bounds = { start: data.window.start, end: data.window.end };
  return (
    <div aria-busy={isPlaceholderData} className={cx("h-full", isPlaceholderData && "opacity-55")}>
      <h1 className="sr-only">Services</h1>
      <DataTable
        label="Services"
        rows={rows}
        columns={columns}
        rowId={(service) => service.id}
        state={state}
        onState={setState}
        onOpen={(service) => router.push(hrefOf(service.id))}
        tools={<Summary list={data} view={view} />}
        aside={<SameAsButton path={servicesPath(view, bounds, null)} />}
      />
    </div>
  );
}
