/** Columns of the services table. */
import Link from "next/link";
import type { Service } from "../../lib/query/schema/estate.ts";
import { durationMs, percent, ratePerSec } from "../../lib/view/format.ts";
import { healthReasons, stateLook } from "../../lib/view/health-words.ts";
import { Num } from "../ui/Num.tsx";
import { StateMark } from "../ui/StateMark.tsx";
import type { Column } from "../ui/table-column.ts";

function quantile(name: "p50" | "p95" | "p99"): Column<Service> {
  return {
    id: name,
    header: name,
    align: "right",
    width: 84,
    value: (service) => service.latencyMs?.[name] ?? null,
    cell: (service) => <Num dash figure={durationMs(service.latencyMs?.[name], service.absent?.["latencyMs"])} />,
  };
}

/** The service's name leads to its page. */
function nameColumn(hrefOf: (id: string) => string): Column<Service> {
  return {
    id: "name",
    header: "Service",
    width: 180,
    value: (service) => service.name,
    cell: (service) => (
      <Link href={hrefOf(service.id)} className="font-medium hover:underline">
        {service.name}
      </Link>
    ),
  };
}

const HEALTH: Column<Service> = {
  id: "state",
  header: "Health",
  width: 112,
  filterable: true,
  value: (service) => stateLook(service.health.state).words,
  cell: (service) => (
    <span title={healthReasons(service.health).join("; ")}>
      <StateMark state={service.health.state} />
    </span>
  ),
};

const FIGURES: readonly Column<Service>[] = [
  { id: "namespace", header: "Namespace", width: 120, filterable: true, value: (service) => service.namespace },
  { id: "cluster", header: "Cluster", width: 100, filterable: true, value: (service) => service.cluster },
  { id: "meshes", header: "Mesh", width: 100, filterable: true, value: (service) => service.meshes.join(" + ") },
  {
    id: "rate",
    header: "Requests",
    align: "right",
    width: 100,
    value: (service) => service.inbound.requestsPerSec,
    cell: (service) => (
      <Num dash figure={ratePerSec(service.inbound.requestsPerSec, service.inbound.absent?.["requestsPerSec"])} />
    ),
  },
  {
    id: "errors",
    header: "Failures",
    align: "right",
    width: 100,
    value: (service) => service.inbound.errorRatio,
    cell: (service) => (
      <Num dash figure={percent(service.inbound.errorRatio, service.inbound.absent?.["errorRatio"])} />
    ),
  },
  quantile("p50"),
  quantile("p95"),
  quantile("p99"),
  { id: "versions", header: "Versions", width: 120, value: (service) => service.versions.join(", ") },
  { id: "workloads", header: "Workloads", width: 180, value: (service) => service.workloads.join(", ") },
];

export function serviceColumns(hrefOf: (id: string) => string): readonly Column<Service>[] {
  return [HEALTH, nameColumn(hrefOf), ...FIGURES];
}
