/** Why input was left out, in words, by code. A code not known here is shown as it is. */

const WORDS: Readonly<Record<string, string>> = {
  too_old: "older than what is kept",
  too_new: "more than 10 minutes in the future",
  duplicate: "sent twice",
  malformed: "not understood",
  sample_limit: "over the sample limit of the scrape",
  series_limit: "over the limit of series",
  body_limit: "over the size limit",
  evicted: "let go to stay within memory",
};

export function dropWords(code: string): string {
  return WORDS[code] ?? code.replaceAll("_", " ");
}
