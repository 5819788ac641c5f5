// One line of an OpenSSH configuration or an Ansible INI file as words: quotes, escapes, comments.

/** Words of a line up to a `#` that begins one; null when a quote is not closed. */
export function splitWords(text: string): string[] | null {
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text[at] ?? '')) {
      at += 1;
      continue;
    }
    if (text[at] === '#') return words;
    let word = '';
    let quote = '';
    for (; at < text.length; at += 1) {
      const character = text[at] ?? '';
      const next = text[at + 1] ?? '';
      if (character === '\\' && (`'"\\`.includes(next) || (quote === '' && next === ' ')) && next !== '') {
        word += next;
        at += 1;
      } else if (quote !== '') {
        if (character === quote) quote = '';
        else word += character;
      } else if (character === '"' || character === "'") quote = character;
      else if (/\s/.test(character)) break;
      else word += character;
    }
    if (quote !== '') return null;
    words.push(word);
  }
  return words;
}

export interface ConfigLine {
  /** In lower case: keywords are without case. */
  readonly keyword: string;
  readonly words: readonly string[];
}

/** `Keyword words…` or `Keyword=words…`; null for nothing or a comment, `invalid` for what cannot be taken apart. */
export function parseConfigLine(text: string): ConfigLine | null | 'invalid' {
  const line = text.trim();
  if (line === '' || line.startsWith('#')) return null;
  const match = /^([^\s="]+)(?:\s*=\s*|\s+|$)(.*)$/.exec(line);
  const words = match ? splitWords(match[2] ?? '') : null;
  if (!match || words === null || words.length === 0) return 'invalid';
  return { keyword: (match[1] ?? '').toLowerCase(), words };
}
