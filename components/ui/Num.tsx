/** A figure with its unit in a quieter tone; the exact value on hover. What has no number says why, quietly. */
import type { Figure } from "../../lib/view/format.ts";
import { cx } from "./cx.ts";
import { Dash } from "./Dash.tsx";

interface NumProps {
  readonly figure: Figure;
  readonly className?: string;
  /** In a narrow table cell: what does not apply is a dash, said in words on hover and to readers. */
  readonly dash?: boolean;
}

export function Num({ figure, className, dash = false }: NumProps) {
  if (dash && figure.absent === "notApplicable") {
    return <Dash reason={figure.text} />;
  }
  if (figure.absent !== undefined) {
    return (
      <span title={figure.text} className={cx("text-quiet", className)}>
        {figure.text}
      </span>
    );
  }
  return (
    <span title={figure.exact} className={cx("whitespace-nowrap tabular-nums", className)}>
      {figure.text}
      {figure.unit === "" ? null : <span className="text-quiet"> {figure.unit}</span>}
    </span>
  );
}
