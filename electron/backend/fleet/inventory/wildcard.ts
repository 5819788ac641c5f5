// Patterns of names as OpenSSH writes them: `*` and `?`, lists with commas or spaces, `!` for "not this one".

/** In time proportional to both lengths at worst; a hostile pattern cannot make it backtrack without end. */
export function matchesWildcard(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === '*') {
      starAt = p;
      resumeAt = t;
      p += 1;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p += 1;
      t += 1;
    } else if (starAt >= 0) {
      p = starAt + 1;
      resumeAt += 1;
      t = resumeAt;
    } else return false;
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}

export function hasWildcard(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

/** True when one pattern matches and none with `!` does; ssh_config(5), PATTERNS. */
export function matchesPatternList(patterns: readonly string[], text: string): boolean {
  let isMatched = false;
  for (const pattern of patterns) {
    if (pattern.startsWith('!')) {
      if (matchesWildcard(pattern.slice(1), text)) return false;
    } else if (!isMatched) isMatched = matchesWildcard(pattern, text);
  }
  return isMatched;
}
