"use client";
/** The search: a trace id to open, or service, operation, duration, status and attributes of one span. */
import { X } from "lucide-react";
import { useRouter } from "next/navigation";
import type { TraceValues } from "../../lib/query/schema/traces.ts";
import { EMPTY_SEARCH, isEmptySearch, type SearchForm, type SearchProblem } from "../../lib/view/trace/search-view.ts";
import { asTraceId } from "../../lib/view/trace-id.ts";
import { linkTo, type ViewState } from "../../lib/view/url-state.ts";
import { Button } from "../ui/Button.tsx";
import { Choice } from "../ui/Toggle.tsx";
import { AttributeConditions, AttributeField } from "./AttributeConditions.tsx";
import { CommitInput } from "./CommitInput.tsx";
import { EdgeChip, NodeChip } from "./PlaceChip.tsx";

interface SearchBarProps {
  readonly form: SearchForm;
  readonly problems: readonly SearchProblem[];
  readonly values: TraceValues | undefined;
  readonly view: ViewState;
  readonly onForm: (form: SearchForm) => void;
}

const STATUS_OPTIONS = [
  { value: "any", label: "Any" },
  { value: "error", label: "Error" },
  { value: "ok", label: "OK" },
  { value: "unset", label: "Unset" },
] as const;

export function SearchBar({ form, problems, values, view, onForm }: SearchBarProps) {
  const router = useRouter();
  const services = values?.services ?? [];
  const offered = form.service === "" ? services : services.filter((service) => service.name === form.service);
  const operations = [...new Set(offered.flatMap((service) => service.operations))].sort();
  const problemOf = (field: SearchProblem["field"]) => problems.find((problem) => problem.field === field)?.message;
  const service = (text: string) => {
    const traceId = asTraceId(text);
    if (traceId !== undefined) router.push(linkTo(`/traces/${traceId}`, view));
    else onForm({ ...form, service: text.trim(), operation: "" });
  };
  return (
    <search className="flex flex-col gap-2 border-b border-line px-3 py-2" aria-label="Traces">
      <div className="flex flex-wrap items-start gap-2">
        <CommitInput
          label="Service, or a trace id"
          value={form.service}
          placeholder="any service"
          options={services.map((entry) => entry.name)}
          onCommit={service}
          className="w-56"
        />
        <CommitInput
          label="Operation"
          value={form.operation}
          placeholder="any operation"
          options={operations}
          onCommit={(operation) => onForm({ ...form, operation: operation.trim() })}
          className="w-56"
        />
        <CommitInput
          label="At least"
          value={form.min}
          placeholder="250ms"
          problem={problemOf("min")}
          onCommit={(min) => onForm({ ...form, min })}
          className="w-20"
        />
        <CommitInput
          label="At most"
          value={form.max}
          placeholder="1.5s"
          problem={problemOf("max")}
          onCommit={(max) => onForm({ ...form, max })}
          className="w-20"
        />
        <div className="flex flex-col gap-0.5 text-2xs text-quiet">
          <span aria-hidden="true">Status of the span</span>
          <Choice
            label="Status of the span"
            value={form.status === "" ? "any" : form.status}
            options={STATUS_OPTIONS}
            onChange={(status) => onForm({ ...form, status: status === "any" ? "" : status })}
          />
        </div>
        <AttributeField form={form} onForm={onForm} />
      </div>
      <div className="flex flex-wrap items-start gap-1.5">
        <Button
          variant={form.errorsOnly ? "chosen" : "outline"}
          aria-pressed={form.errorsOnly}
          onClick={() => onForm({ ...form, errorsOnly: !form.errorsOnly })}
        >
          Traces with errors
        </Button>
        {form.edge === "" ? null : (
          <EdgeChip edge={form.edge} view={view} onClear={() => onForm({ ...form, edge: "" })} />
        )}
        {form.node === "" ? null : (
          <NodeChip node={form.node} view={view} onClear={() => onForm({ ...form, node: "" })} />
        )}
        <AttributeConditions form={form} problems={problems} onForm={onForm} />
        {isEmptySearch(form) ? null : (
          <Button variant="ghost" className="text-quiet" onClick={() => onForm(EMPTY_SEARCH)}>
            <X size={14} aria-hidden="true" />
            Clear all
          </Button>
        )}
      </div>
    </search>
  );
}
