// What a table is told about its columns, and the sorted rows that TanStack Table makes of them.
import {
  createSortedRowModel,
  rowSortingFeature,
  type SortingState,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { type ReactNode, useMemo } from 'react';

export interface Column<Row> {
  readonly id: string;
  readonly header: string;
  /** A grid track: `120px`, `minmax(140px, 2fr)`. */
  readonly width: string;
  readonly align?: 'end';
  /** Stands further from its left neighbour: text after a number. */
  readonly isApart?: boolean;
  /** The first click sorts from high to low; right-aligned columns do so anyway. */
  readonly startsHigh?: boolean;
  /** Makes the column sortable; null sorts last either way. */
  readonly sort?: (row: Row) => string | number | null;
  readonly cell: (row: Row) => ReactNode;
}

export interface SortBy {
  readonly id: string;
  readonly isDescending: boolean;
}

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en', { numeric: true });
}

/** The rows in the order of `sort`, or as given where it is null. */
export function useSortedRows<Row extends object>(
  rows: readonly Row[],
  columns: ReadonlyArray<Column<Row>>,
  sort: SortBy | null,
): Row[] {
  const data = useMemo(() => [...rows], [rows]);
  const definitions = useMemo(
    () =>
      columns.map((column) => ({
        id: column.id,
        accessorFn: (row: Row) => column.sort?.(row) ?? undefined,
        enableSorting: column.sort !== undefined,
        sortUndefined: 'last' as const,
        sortFn: (a: { getValue(id: string): unknown }, b: { getValue(id: string): unknown }, id: string) =>
          compare(a.getValue(id), b.getValue(id)),
      })),
    [columns],
  );
  const sorting = useMemo<SortingState>(() => (sort ? [{ id: sort.id, desc: sort.isDescending }] : []), [sort]);
  const table = useTable({ features, data, columns: definitions, state: { sorting } });
  return table.getRowModel().rows.map((row) => row.original);
}
