/** Where a narrow cell has nothing: a dash, which says why on hover and to readers. */
export function Dash({ reason }: { readonly reason: string }) {
  return (
    <span title={reason} className="text-quiet">
      <span aria-hidden="true">–</span>
      <span className="sr-only">{reason}</span>
    </span>
  );
}
