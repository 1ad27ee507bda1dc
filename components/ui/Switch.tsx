"use client";
/** On or off at once. Its words stand beside it, so that position and colour are not all there is. */
import { Switch as Radix } from "radix-ui";

interface SwitchProps {
  readonly label: string;
  readonly checked: boolean;
  readonly disabled?: boolean;
  readonly onChange: (checked: boolean) => void;
}

export function Switch({ label, checked, disabled = false, onChange }: SwitchProps) {
  return (
    <span className="inline-flex items-center gap-2">
      <span aria-hidden="true" className="w-6 text-right text-xs text-quiet">
        {checked ? "on" : "off"}
      </span>
      <Radix.Root
        aria-label={label}
        checked={checked}
        disabled={disabled}
        onCheckedChange={onChange}
        className="h-6 w-10 rounded-full border border-line-strong bg-box p-0.5 data-[state=checked]:border-accent data-[state=checked]:bg-accent disabled:opacity-50"
      >
        <Radix.Thumb className="block size-4.5 rounded-full bg-line-strong transition-transform data-[state=checked]:translate-x-4 data-[state=checked]:bg-on-accent" />
      </Radix.Root>
    </span>
  );
}
