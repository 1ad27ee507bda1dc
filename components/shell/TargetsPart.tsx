"use client";
/** Scrape targets up and down, with the way to the sources page. */
import Link from "next/link";
import type { Completeness } from "../../lib/query/schema/common.ts";
import { count, plain } from "../../lib/view/format.ts";
import { linkTo } from "../../lib/view/url-state.ts";
import { useViewState } from "../data/use-view-state.ts";
import { StatusPart } from "./StatusPart.tsx";

export function TargetsPart({ targets }: { readonly targets: Completeness["targets"] }) {
  const [state] = useViewState();
  const total = targets.up + targets.down;
  const words = (
    <>
      {plain(count(total))} {total === 1 ? "target" : "targets"}
      {targets.down === 0 ? null : (
        <>
          , <span className="font-medium text-failing-text">{plain(count(targets.down))} down</span>
        </>
      )}
    </>
  );
  return (
    <StatusPart words={words} label="Scrape targets">
      <p>
        {targets.up} of {total} targets answered their last scrape. A target that is down adds no traffic; the time it
        is down counts as not observed.
      </p>
      <Link
        href={linkTo("/sources", state, targets.down > 0 ? { where: "state:down" } : {})}
        className="text-accent underline"
      >
        See every source
      </Link>
    </StatusPart>
  );
}
