/** The one button: outline by default; `primary` once per view; `ghost` in bars. At least 28 px high. */
import type { ComponentProps } from "react";
import { cx } from "./cx.ts";

const VARIANTS = {
  outline: "border border-line bg-panel hover:bg-hover",
  primary: "bg-accent text-on-accent hover:opacity-90",
  ghost: "hover:bg-hover",
  chosen: "border border-accent bg-accent-wash",
} as const;

export type ButtonVariant = keyof typeof VARIANTS;

interface ButtonProps extends ComponentProps<"button"> {
  readonly variant?: ButtonVariant;
  /** As wide as high, for an icon alone. */
  readonly square?: boolean;
}

export function Button({ variant = "outline", square = false, className, type, ...rest }: ButtonProps) {
  return (
    <button
      type={type ?? "button"}
      className={cx(
        "inline-flex shrink-0 items-center justify-center gap-1.5 whitespace-nowrap rounded-md text-sm disabled:opacity-50",
        square ? "size-7" : "h-7 px-2.5",
        VARIANTS[variant],
        className,
      )}
      {...rest}
    />
  );
}
