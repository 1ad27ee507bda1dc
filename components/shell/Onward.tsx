"use client";
/** Links from here to the pages that say more. */
import { ArrowRight } from "lucide-react";
import Link from "next/link";
import { Section } from "../ui/Section.tsx";

export interface OnwardLink {
  readonly label: string;
  readonly href: string;
}

export function Onward({ links }: { readonly links: readonly OnwardLink[] }) {
  return (
    <Section title="Onward">
      {links.map(({ label, href }) => (
        <Link
          key={href}
          href={href}
          className="flex min-h-7 items-center justify-between border-b border-line last:border-b-0 hover:text-accent"
        >
          {label}
          <ArrowRight size={14} aria-hidden="true" className="text-quiet" />
        </Link>
      ))}
    </Section>
  );
}
