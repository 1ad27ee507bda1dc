/**
 * What a client's headers ask of an answer. In: `Accept-Encoding` and `If-None-Match` as sent; out: yes or no. Not
 * handled: codings other than gzip and identity, and an identity that is refused (it is sent all the same).
 */

/** RFC 9110 §12.5.3: gzip by name or by `*`, and not at weight 0; the name outweighs the star. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  let star = false;
  for (const item of (acceptEncoding ?? "").toLowerCase().split(",")) {
    const [coding, ...parameters] = item.split(";").map((part) => part.trim());
    const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    const wanted = weight === undefined || Number(weight) > 0;
    if (coding === "gzip" || coding === "x-gzip") return wanted;
    if (coding === "*") star = wanted;
  }
  return star;
}

/** RFC 9110 §13.1.2: `*`, or a list with a tag that is equal by weak comparison, where `W/` does not count. */
export function etagMatches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === "*") return true;
  const opaque = (tag: string): string => tag.replace(/^W\//, "");
  // A tag is in quotes and may hold commas.
  return (ifNoneMatch.match(/(?:W\/)?"[^"]*"/g) ?? []).some((tag) => opaque(tag) === opaque(etag));
}
