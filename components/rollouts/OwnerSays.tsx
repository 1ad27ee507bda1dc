"use client";
/** What an owning controller says of itself: phase, conditions, analysis; and what to put where, so that it can be driven. */
import type { Owned } from "../../lib/query/schema/rollouts.ts";
import { CodeLine } from "../ui/CodeLine.tsx";
import { Fact, Section } from "../ui/Section.tsx";

function Analyses({ analyses }: Pick<Owned, "analyses">) {
  return (
    <ul className="flex flex-col gap-2">
      {analyses.map(({ name, role, status, message, metrics }) => (
        <li key={`${role} ${name}`}>
          <p className="[overflow-wrap:anywhere]">
            {name}{" "}
            <span className="text-quiet">{[role, status, message].filter((word) => word !== "").join(", ")}</span>
          </p>
          {metrics.map((metric) => (
            <Fact key={metric.name} name={metric.name}>
              {[metric.status, metric.counts, metric.value].filter((word) => word !== "").join(", ")}
            </Fact>
          ))}
        </li>
      ))}
    </ul>
  );
}

export function OwnerSays({ owned }: { readonly owned: Owned }) {
  return (
    <>
      <Section title="What its owner says">
        <p className="[overflow-wrap:anywhere]">
          {owned.phase}
          {owned.message === null || owned.message === "" ? null : (
            <span className="text-quiet">: {owned.message}</span>
          )}
        </p>
        {owned.facts.map(({ name, value }) => (
          <Fact key={name} name={name}>
            {value}
          </Fact>
        ))}
        {owned.conditions.map(({ type, status, reason, message }) => (
          <Fact key={type} name={`${type}: ${status}`}>
            {[reason, message].filter((word) => word !== "").join(": ")}
          </Fact>
        ))}
      </Section>
      {owned.analyses.length === 0 ? null : (
        <Section title="Its analysis">
          <Analyses analyses={owned.analyses} />
        </Section>
      )}
      {owned.setup.map(({ title, text }) => (
        <Section key={title} title={title}>
          <CodeLine text={text} label="the snippet" />
        </Section>
      ))}
    </>
  );
}
