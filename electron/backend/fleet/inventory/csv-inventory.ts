// A list of boxes as CSV (RFC 4180) with a header row: name, address, user, port, identity, labels, notes.
import { dirname, resolve } from 'node:path';
import { AppError } from '../../../../shared/errors/app-error.ts';
import { parseDeviceAddress } from '../device-address.ts';
import { checkHostCount, expandHome, type Inventory, type InventoryHost } from './inventory.ts';
import { parseLabels } from './label-text.ts';

export const CSV_COLUMNS = ['name', 'address', 'user', 'port', 'identity', 'labels', 'notes'] as const;
type Column = (typeof CSV_COLUMNS)[number];

interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/** Columns may stand in any order; `name` and `address` are needed. Labels are `key=value`, with semicolons between. @throws INPUT_INVALID */
export function readCsvInventory(text: string, file: string, home: string): Inventory {
  const [header, ...rows] = parseCsv(text, file);
  const columns = (header?.cells ?? []).map((cell) => cell.trim().toLowerCase());
  for (const column of columns) {
    if (!CSV_COLUMNS.some((each) => each === column))
      throw invalid(file, header?.line ?? 1, `"${column}" is not a column; known are ${CSV_COLUMNS.join(', ')}`);
  }
  for (const needed of ['name', 'address']) {
    if (!columns.includes(needed)) throw invalid(file, header?.line ?? 1, `there is no column "${needed}"`);
  }
  if (new Set(columns).size !== columns.length) throw invalid(file, header?.line ?? 1, 'a column is there twice');
  checkHostCount(rows.length, file);
  const hosts = rows.map(({ cells, line }): InventoryHost => {
    const cell = (column: Column): string | undefined => cells[columns.indexOf(column)]?.trim() || undefined;
    const place = { name: cell('name') ?? '', file, line };
    if (cells.length > columns.length)
      return { ...place, labels: {}, remarks: [], problem: 'it has more fields than the header has columns' };
    return { ...place, ...fieldsOf(cell, file, home) };
  });
  return { hosts, remarks: [] };
}

function fieldsOf(
  cell: (column: Column) => string | undefined,
  file: string,
  home: string,
): Omit<InventoryHost, 'name' | 'file' | 'line'> {
  const labels = parseLabels(cell('labels') ?? '');
  const address = cell('address') ?? '';
  if (labels === null)
    return { labels: {}, remarks: [], problem: `"${cell('labels')}" are not labels; write key=value;key=value` };
  if (address === 'local')
    return { labels, remarks: [], problem: 'this computer is added with `lineside device add NAME local`' };
  try {
    const parsed = parseDeviceAddress(address);
    if (parsed.kind === 'local') return { labels, remarks: [] };
    const identity = cell('identity');
    return {
      host: parsed.host,
      user: cell('user') ?? (address.includes('@') ? parsed.user : undefined),
      port: cell('port') ?? (parsed.port === 22 ? undefined : String(parsed.port)),
      identityFile: identity === undefined ? undefined : resolve(dirname(file), expandHome(identity, home)),
      labels,
      notes: cell('notes'),
      remarks: [],
    };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { labels, remarks: [], problem: error.message };
  }
}

/** Rows that are not empty. @throws INPUT_INVALID with the line for a quote that is not closed or stands inside a field */
export function parseCsv(text: string, file: string): CsvRow[] {
  const rows: CsvRow[] = [];
  let [at, line] = [0, 1];
  while (at < text.length) {
    const cells: string[] = [];
    const startLine = line;
    for (;;) {
      let cell: string;
      if (text[at] === '"') {
        const startAt = at;
        let end = text.indexOf('"', at + 1);
        while (end >= 0 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
        if (end < 0) throw invalid(file, line, 'a quote is not closed');
        cell = text.slice(startAt + 1, end).replaceAll('""', '"');
        line += cell.split('\n').length - 1;
        at = end + 1;
        if (at < text.length && !/[,\r\n]/.test(text[at] ?? ''))
          throw invalid(file, line, 'text follows a closing quote');
      } else {
        const end = at + (/[,\r\n]/.exec(text.slice(at, at + MAX_CELL))?.index ?? Math.min(text.length - at, MAX_CELL));
        if (end - at === MAX_CELL) throw invalid(file, line, `a field is longer than ${MAX_CELL} characters`);
        cell = text.slice(at, end);
        at = end;
        if (cell.includes('"')) throw invalid(file, line, 'a quote stands inside a field that is not quoted');
      }
      cells.push(cell);
      if (text[at] !== ',') break;
      at += 1;
    }
    if (text[at] === '\r') at += 1;
    if (text[at] === '\n') at += 1;
    line += 1;
    if (cells.some((cell) => cell.trim() !== '')) rows.push({ line: startLine, cells });
  }
  return rows;
}

const MAX_CELL = 10_000;

function invalid(file: string, line: number, what: string): AppError {
  return new AppError('INPUT_INVALID', `${file} cannot be read as CSV: line ${line}: ${what}.`, {
    details: { file, line },
  });
}
