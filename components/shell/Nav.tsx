"use client";
/** The pages, on the left; a bar along the bottom on a phone. Links carry scope, find, view and time. */
import Link from "next/link";
import { usePathname } from "next/navigation";
import { linkTo } from "../../lib/view/url-state.ts";
import { useMeta } from "../data/queries.ts";
import { useViewState } from "../data/use-view-state.ts";
import { cx } from "../ui/cx.ts";
import { isCurrent, PAGES } from "./pages.ts";

export function Nav() {
  const pathname = usePathname();
  const [state] = useViewState();
  const { data: meta } = useMeta();
  const pages = PAGES.filter((page) => page.simulated === undefined || (meta?.simulated ?? null) !== null);
  return (
    <nav
      aria-label="Pages"
      className="order-last flex shrink-0 gap-1 overflow-x-auto border-t border-line p-1 sm:order-none sm:w-[72px] sm:flex-col sm:overflow-visible sm:border-r sm:border-t-0 sm:px-1.5 sm:py-3 max-lg:sm:w-12"
    >
      <div className="hidden pb-3 text-center text-xs font-semibold leading-tight sm:block max-lg:sm:hidden">
        mesh
        <br />
        scope
      </div>
      {pages.map((page) => (
        <Link
          key={page.path}
          href={linkTo(page.path, state)}
          aria-current={isCurrent(page, pathname) ? "page" : undefined}
          title={page.label}
          className={cx(
            "flex min-w-14 flex-1 flex-col items-center gap-0.5 rounded-md py-1.5 text-2xs hover:bg-hover sm:flex-none max-lg:sm:min-w-0",
            isCurrent(page, pathname) ? "bg-hover font-medium text-text" : "text-quiet",
          )}
        >
          <page.icon size={16} aria-hidden="true" />
          <span className="max-lg:sm:sr-only">{page.label}</span>
        </Link>
      ))}
    </nav>
  );
}
