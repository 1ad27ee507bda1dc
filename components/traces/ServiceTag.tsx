/** A service's name with its colour: the name is the message, the swatch ties it to its bars. */
import { serviceColour } from "../../lib/view/trace/service-colour.ts";
import { cx } from "../ui/cx.ts";
import { paint } from "./service-paint.ts";

interface ServiceTagProps {
  readonly name: string;
  /** Within a trace: the colour it has there. */
  readonly colour?: number;
  readonly className?: string;
}

export function ServiceTag({ name, colour = serviceColour(name), className }: ServiceTagProps) {
  return (
    <span className={cx("inline-flex min-w-0 items-center gap-1.5", className)}>
      <span aria-hidden="true" className="size-2 shrink-0 rounded-[2px]" style={{ background: paint(colour) }} />
      <span className="truncate">{name === "" ? "no service name" : name}</span>
    </span>
  );
}
