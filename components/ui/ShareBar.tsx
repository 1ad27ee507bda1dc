/** Shares of a whole as one thin bar; each part has its own fill pattern beside its colour. */
import { cx } from "./cx.ts";

export interface Share {
  readonly name: string;
  readonly share: number;
  readonly className: string;
}

export function ShareBar({ label, shares }: { readonly label: string; readonly shares: readonly Share[] }) {
  return (
    <div role="img" aria-label={label} className="my-1.5 flex h-2 w-full gap-px overflow-hidden rounded-sm">
      {shares.map(({ name, share, className }) =>
        share > 0 ? <div key={name} className={cx("min-w-0.5", className)} style={{ flexGrow: share }} /> : null,
      )}
    </div>
  );
}
