/**
 * Names as labels, whatever is in them. A name that is written from right to left, or turns the direction of writing, is
 * set apart, so that it cannot swap what stands before and after it (`a → b`). A name is cut between characters as a reader
 * sees them: never within an emoji or between a letter and its accent. Lengths are UTF-16 code units.
 */
const APART = "\u2068";
const END = "\u2069";
/** Hebrew, Arabic and their neighbours, and the marks that turn the direction. */
const TURNS = /[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]|[\ud802\ud803\ud83a\ud83b]/;
/** Every character of these stands for itself. */
const PLAIN = /^[\u0020-\u02ff\u0370-\u0482\u048a-\u052f]*$/;

const characters = new Intl.Segmenter("en", { granularity: "grapheme" });

/** As it is, unless it would change the order of what stands beside it. */
export function setApart(name: string): string {
  return TURNS.test(name) ? `${APART}${name}${END}` : name;
}

/** The first characters of `text` that are not longer than `most` together. */
function firstOf(text: string, most: number): string {
  if (PLAIN.test(text)) return text.slice(0, most);
  let end = 0;
  // No character of a reader's is longer than this; a longer one is cut away whole.
  for (const { segment } of characters.segment(text.slice(0, most + 64))) {
    if (end + segment.length > most) break;
    end += segment.length;
  }
  return text.slice(0, end);
}

/** At most `most` long, with an ellipsis where something was cut. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  if (!text.startsWith(APART)) return `${firstOf(text, most - 1)}…`;
  const inner = text.slice(1, -1);
  return inner.length <= most ? text : `${APART}${firstOf(inner, most - 1)}…${END}`;
}
