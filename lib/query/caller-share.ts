/**
 * What of a caller's requests runs on one of its edges, 0..1. In: the edge's requests and all that the caller sends, a second
 * or in all; out: null where one of the two is not known, or it sends none.
 */
export function callerShare(onEdge: number | null, sent: number | null): number | null {
  return onEdge === null || sent === null || sent === 0 ? null : Math.min(1, onEdge / sent);
}
