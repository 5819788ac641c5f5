// Quotes text for a POSIX shell on the other side.

/** The text as one word for sh, whatever it holds. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
