// HTML from templates: whatever is put in is escaped, unless it came out of a template itself.

export interface Markup {
  readonly markup: string;
}

type Part = Markup | string | number | null | readonly (Markup | string | null)[];

/** Strings and numbers are escaped, markup is not, lists are joined, null is nothing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return { markup: strings.reduce((text, each, index) => text + toText(parts[index - 1] ?? null) + each) };
}

function toText(part: Part): string {
  if (part === null) return '';
  if (typeof part === 'number') return String(part);
  if (typeof part === 'string') return escapeText(part);
  if ('markup' in part) return part.markup;
  return part.map(toText).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
