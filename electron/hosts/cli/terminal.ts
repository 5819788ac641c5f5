// What the command line prints: tables and facts to stdout, progress to stderr, one JSON document with --json.
import { stripVTControlCharacters } from 'node:util';

export interface Terminal {
  readonly isJson: boolean;
  /** A line for people; not printed with --json. */
  line(text?: string): void;
  /** Rows under headings, columns aligned; numbers are right-aligned where the heading ends with `>`. */
  table(headings: readonly string[], rows: ReadonlyArray<readonly string[]>): void;
  /** Label and value pairs, aligned. */
  facts(pairs: ReadonlyArray<readonly [string, string]>): void;
  /** The whole answer as JSON; printed only with --json. */
  json(value: unknown): void;
  /** Replaces the progress line (on a terminal), or adds a line when the text's step changed (elsewhere). */
  progress(step: string, detail?: string): void;
  /** Redraws a block of lines in place on a terminal; elsewhere prints those `states` that are new since the last call. */
  live(lines: readonly string[], states: readonly string[]): void;
  /** Clears what is in progress. */
  settle(): void;
}

export interface TerminalStreams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

export function createTerminal(isJson: boolean, { stdout, stderr }: TerminalStreams = process): Terminal {
  const isLive = stderr.isTTY === true;
  let lastStep = '';
  let drawn = 0;
  let printed: readonly string[] = [];

  const settle = (): void => {
    if (isLive && drawn > 0) stderr.write(`\x1b[${drawn}A\x1b[J`);
    drawn = 0;
  };

  const draw = (lines: readonly string[]): void => {
    const width = Math.max((stderr.columns ?? 80) - 1, 20);
    settle();
    stderr.write(lines.map((line) => `${cutToWidth(line, width)}\n`).join(''));
    drawn = lines.length;
  };

  return {
    isJson,
    line: (text = '') => {
      if (isJson) return;
      settle();
      stdout.write(`${text}\n`);
    },
    table: (headings, rows) => {
      if (isJson) return;
      settle();
      stdout.write(formatTable(headings, rows));
    },
    facts: (pairs) => {
      if (isJson) return;
      settle();
      const width = Math.max(0, ...pairs.map(([label]) => displayWidth(label)));
      for (const [label, value] of pairs) stdout.write(`${pad(label, width)}  ${value}\n`);
    },
    json: (value) => {
      if (isJson) stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    },
    progress: (step, detail = '') => {
      if (isJson) return;
      if (isLive) draw([detail === '' ? step : `${step}  ${detail}`]);
      else if (step !== lastStep) stderr.write(`${step}\n`);
      lastStep = step;
    },
    live: (lines, states) => {
      if (isJson) return;
      if (isLive) draw(lines);
      else for (const state of states) if (!printed.includes(state)) stderr.write(`${state}\n`);
      printed = states;
    },
    settle,
  };
}

/** Columns that one character takes in a terminal: two for the wide East Asian ranges. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of stripVTControlCharacters(text))
    width += /[ᄀ-ᅟ⺀-꓏가-힣豈-﫿︰-﹏＀-｠￠-￦]/u.test(character) ? 2 : 1;
  return width;
}

/** The beginning of a text that fits into so many columns. */
function cutToWidth(text: string, width: number): string {
  let cut = '';
  let used = 0;
  for (const character of stripVTControlCharacters(text)) {
    used += displayWidth(character);
    if (used > width) break;
    cut += character;
  }
  return cut;
}

function pad(text: string, width: number, isRight = false): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return isRight ? space + text : text + space;
}

/** Aligned text; a heading that ends with `>` makes its column right-aligned. */
export function formatTable(headings: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const titles = headings.map((heading) => heading.replace(/>$/, ''));
  const widths = titles.map((title, column) =>
    Math.max(displayWidth(title), ...rows.map((row) => displayWidth(row[column] ?? ''))),
  );
  const format = (cells: readonly string[]): string =>
    widths
      .map((width, column) => pad(cells[column] ?? '', width, headings[column]?.endsWith('>')))
      .join('  ')
      .trimEnd();
  return `${[format(titles.map((title) => title.toUpperCase())), ...rows.map(format)].join('\n')}\n`;
}
