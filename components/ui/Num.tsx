/** A figure with its unit in a quieter tone; the exact value on hover. What has no number says why, quietly. */
import type { Figure } from "../../lib/view/format.ts";
import { cx } from "./cx.ts";

interface NumProps {
  readonly figure: Figure;
  readonly className?: string;
}

export function Num({ figure, className }: NumProps) {
  if (figure.absent !== undefined) return <span className={cx("text-quiet", className)}>{figure.text}</span>;
  return (
    <span title={figure.exact} className={cx("whitespace-nowrap tabular-nums", className)}>
      {figure.text}
      {figure.unit === "" ? null : <span className="text-quiet"> {figure.unit}</span>}
    </span>
  );
}
