/** The shape of a map while its first answer is on the way. */
import { Skeleton } from "../ui/Skeleton.tsx";

export function MapSkeleton() {
  return (
    <div role="status" aria-label="Loading the graph" className="grid h-full grid-cols-3 items-center gap-16 p-16">
      {["left", "middle", "right"].map((key) => (
        <div
          key={key}
          className="flex h-3/5 flex-col items-center justify-evenly gap-8 rounded-md border border-line p-8"
        >
          <Skeleton round className="size-10" />
          <Skeleton round className="size-10" />
          <Skeleton round className="size-10" />
        </div>
      ))}
    </div>
  );
}
