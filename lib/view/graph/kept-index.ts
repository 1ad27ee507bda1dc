/**
 * Which pictures are kept, and which go as another comes: the one that was looked at longest ago, while there are too many or
 * they are too large together. In and out: keys with their sizes in characters, the newest last.
 */
export interface KeptEntry {
  readonly key: string;
  readonly characters: number;
}

const MOST_PICTURES = 12;
const MOST_TOGETHER = 2_000_000;

/** The entries with one more, and the keys of those that go. */
export function afterKeeping(entries: readonly KeptEntry[], entry: KeptEntry) {
  const kept = [...entries.filter(({ key }) => key !== entry.key), entry];
  const dropped: string[] = [];
  const size = (): number => kept.reduce((sum, { characters }) => sum + characters, 0);
  while (kept.length > 1 && (kept.length > MOST_PICTURES || size() > MOST_TOGETHER)) {
    const first = kept.shift();
    if (first !== undefined) dropped.push(first.key);
  }
  return { kept, dropped } as const;
}

/** The entries that a text lists; none where it is damaged. */
export function entriesOf(text: string | null): readonly KeptEntry[] {
  try {
    const listed: unknown = JSON.parse(text ?? "[]");
    if (!Array.isArray(listed)) return [];
    return listed.flatMap((row): KeptEntry[] => {
      if (!Array.isArray(row)) return [];
      const [key, characters] = row;
      return typeof key === "string" && typeof characters === "number" && characters >= 0 ? [{ key, characters }] : [];
    });
  } catch {
    return [];
  }
}

export const entriesText = (entries: readonly KeptEntry[]): string =>
  JSON.stringify(entries.map(({ key, characters }) => [key, characters]));
