/** A square button with an icon; its label is read aloud and shown as a tooltip. */
import type { ComponentProps, ReactNode } from "react";
import { Button, type ButtonVariant } from "./Button.tsx";
import { Tip } from "./Tip.tsx";

interface IconButtonProps extends Omit<ComponentProps<"button">, "children"> {
  readonly label: string;
  readonly icon: ReactNode;
  readonly variant?: ButtonVariant;
  /** Keyboard shortcut shown in the tooltip. */
  readonly shortcut?: string;
}

export function IconButton({ label, icon, shortcut, variant = "ghost", className, ...rest }: IconButtonProps) {
  return (
    <Tip text={label} {...(shortcut === undefined ? {} : { shortcut })}>
      <Button variant={variant} aria-label={label} square className={className} {...rest}>
        {icon}
      </Button>
    </Tip>
  );
}
