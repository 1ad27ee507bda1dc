"use client";
/** One of a list, as a compact select: "view workload ▾". */
import { Check, ChevronDown } from "lucide-react";
import { Select } from "radix-ui";

interface PickProps<T extends string> {
  readonly name: string;
  /** False where what stands beside it names it. */
  readonly isNamed?: boolean;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: string }[];
  readonly onChange: (value: T) => void;
}

export function Pick<T extends string>({ name, isNamed = true, value, options, onChange }: PickProps<T>) {
  const choose = (next: string) => {
    const option = options.find((o) => o.value === next);
    if (option !== undefined) onChange(option.value);
  };
  return (
    <Select.Root value={value} onValueChange={choose}>
      <Select.Trigger
        aria-label={name}
        className="inline-flex h-7 shrink-0 items-center gap-1.5 rounded-md border border-line bg-panel px-2.5 text-quiet hover:bg-hover"
      >
        {isNamed ? name : null}
        <span className="font-medium text-text">
          <Select.Value />
        </span>
        <ChevronDown size={12} aria-hidden="true" />
      </Select.Trigger>
      <Select.Portal>
        <Select.Content
          position="popper"
          sideOffset={6}
          className="z-40 min-w-36 rounded-md border border-line bg-panel p-1 text-sm text-text shadow-overlay"
        >
          <Select.Viewport>
            {options.map((option) => (
              <Select.Item
                key={option.value}
                value={option.value}
                className="flex h-7 items-center justify-between gap-3 rounded-sm px-2 outline-none data-[highlighted]:bg-hover"
              >
                <Select.ItemText>{option.label}</Select.ItemText>
                <Select.ItemIndicator>
                  <Check size={12} />
                </Select.ItemIndicator>
              </Select.Item>
            ))}
          </Select.Viewport>
        </Select.Content>
      </Select.Portal>
    </Select.Root>
  );
}
