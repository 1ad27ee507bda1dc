"use client";
/** What is amiss with a node beyond its traffic; nothing where nothing is. */
import { TriangleAlert } from "lucide-react";
import { warningWords } from "../../lib/view/node-warnings.ts";
import { Section } from "../ui/Section.tsx";

export function Warnings({ codes }: { readonly codes: readonly string[] }) {
  if (codes.length === 0) return null;
  return (
    <Section title="Warnings">
      {codes.map((code) => (
        <p key={code} className="flex items-start gap-2">
          <TriangleAlert size={14} aria-hidden="true" className="mt-0.5 shrink-0 text-degraded-text" />
          {warningWords(code)}
        </p>
      ))}
    </Section>
  );
}
