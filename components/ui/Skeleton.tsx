/** Grey bars in the shape of what loads: for the first load only. */
import { cx } from "./cx.ts";

interface SkeletonProps {
  readonly className?: string;
  readonly round?: boolean;
}

export function Skeleton({ className, round = false }: SkeletonProps) {
  return (
    <div
      aria-hidden="true"
      className={cx("animate-pulse bg-hover", round ? "rounded-full" : "rounded-sm", className)}
    />
  );
}

export function SkeletonRows({ rows = 8 }: { readonly rows?: number }) {
  return (
    <div role="status" aria-label="Loading" className="flex flex-col gap-3 p-4">
      {Array.from({ length: rows }, (_, row) => `row-${row}`).map((key) => (
        <Skeleton key={key} className="h-4 w-full" />
      ))}
    </div>
  );
}
