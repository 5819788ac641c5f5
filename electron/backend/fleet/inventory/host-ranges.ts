// Host ranges of Ansible inventories: `press[01:10]`, `rack-[a:f]`, `cam[0:20:5]`; both ends belong to it.

const RANGE = /\[(\d*|[A-Za-z]):(\d+|[A-Za-z])(?::(\d+))?\]/;

interface Range {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  show(value: number): string;
}

/** All names of a pattern, or the reason why it has none. At most `most` names are made. */
export function expandRanges(pattern: string, most: number): readonly string[] | { readonly problem: string } {
  const parts: string[] = [];
  const ranges: Range[] = [];
  let rest = pattern;
  for (let match = RANGE.exec(rest); match; match = RANGE.exec(rest)) {
    const range = toRange(match[1] ?? '', match[2] ?? '', match[3]);
    if (range === null) return { problem: `"${match[0]}" is not a range` };
    parts.push(rest.slice(0, match.index));
    ranges.push(range);
    rest = rest.slice(match.index + match[0].length);
  }
  const total = ranges.reduce((count, { from, to, step }) => count * (Math.floor((to - from) / step) + 1), 1);
  if (total > most) return { problem: `"${pattern}" stands for ${total} hosts; at most ${most} are taken` };
  let names = [''];
  ranges.forEach((range, index) => {
    const longer: string[] = [];
    for (const name of names) {
      for (let value = range.from; value <= range.to; value += range.step)
        longer.push(`${name}${parts[index] ?? ''}${range.show(value)}`);
    }
    names = longer;
  });
  return names.map((name) => name + rest);
}

function toRange(first: string, last: string, step: string | undefined): Range | null {
  const by = step === undefined ? 1 : Number(step);
  const isNumeric = /^\d*$/.test(first);
  if (by < 1 || isNumeric !== /^\d+$/.test(last)) return null;
  if (!isNumeric) {
    const [from, to] = [first.charCodeAt(0), last.charCodeAt(0)];
    return from > to ? null : { from, to, step: by, show: (value) => String.fromCharCode(value) };
  }
  const start = first === '' ? '0' : first;
  const isPadded = start.length > 1 && start.startsWith('0');
  const [from, to] = [Number(start), Number(last)];
  if (from > to || last.length > 12 || (isPadded && start.length !== last.length)) return null;
  return { from, to, step: by, show: (value) => String(value).padStart(isPadded ? start.length : 0, '0') };
}
