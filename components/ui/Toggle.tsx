"use client";
/** One choice of a few, side by side. Arrow keys move within. */
import { ToggleGroup } from "radix-ui";

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: string }[];
  readonly onChange: (value: T) => void;
}

const ITEM =
  "h-7 px-2.5 text-sm text-quiet first:rounded-l-md last:rounded-r-md hover:bg-hover data-[state=on]:bg-hover data-[state=on]:font-medium data-[state=on]:text-text";

export function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  const choose = (next: string) => {
    const option = options.find((o) => o.value === next);
    if (option !== undefined) onChange(option.value);
  };
  return (
    <ToggleGroup.Root
      type="single"
      aria-label={label}
      value={value}
      onValueChange={choose}
      className="inline-flex shrink-0 rounded-md border border-line bg-panel"
    >
      {options.map((option) => (
        <ToggleGroup.Item key={option.value} value={option.value} className={ITEM}>
          {option.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}

interface ManyProps<T extends string> {
  readonly label: string;
  readonly values: readonly T[];
  /** `wide`: left out where there is little room. */
  readonly options: readonly { readonly value: T; readonly label: string; readonly wide?: boolean }[];
  readonly onChange: (values: readonly T[]) => void;
}

export function Many<T extends string>({ label, values, options, onChange }: ManyProps<T>) {
  const choose = (next: readonly string[]) => onChange(options.map((o) => o.value).filter((v) => next.includes(v)));
  return (
    <ToggleGroup.Root
      type="multiple"
      aria-label={label}
      value={[...values]}
      onValueChange={choose}
      className="inline-flex shrink-0 rounded-md border border-line bg-panel"
    >
      {options.map((option) => (
        <ToggleGroup.Item
          key={option.value}
          value={option.value}
          className={option.wide === true ? `${ITEM} max-sm:hidden` : ITEM}
        >
          {option.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
