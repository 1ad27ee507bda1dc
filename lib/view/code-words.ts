/** A code in the words of a table. A code that the table lacks is shown as it is, with spaces: never an empty place. */
export type WordTable = Readonly<Record<string, string>>;

export function codeWords(table: WordTable, code: string): string {
  return table[code] ?? code.replaceAll("_", " ");
}
