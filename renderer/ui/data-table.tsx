// The one table of the console: sticky sortable header, aligned columns, rows that can be opened or selected by keyboard, virtual when it fills its place.
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react';
import styles from './data-table.module.css';
import { HeaderRow } from './data-table-header.tsx';
import { DataRow } from './data-table-row.tsx';
import { type Column, type SortBy, useSortedRows } from './table-model.ts';
import { useGridKeys } from './use-grid-keys.ts';
import type { Selection } from './use-selection.ts';

/** What an overlay that is drawn over the visible rows must know. */
export interface Viewport<Row> {
  readonly rows: ReadonlyArray<{ readonly row: Row; readonly top: number }>;
  readonly rowHeight: number;
  readonly scroller: HTMLElement | null;
}

interface DataTableProps<Row extends object> {
  label: string;
  columns: ReadonlyArray<Column<Row>>;
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  onOpen?: (row: Row) => void;
  /** The row whose details are shown. */
  openKey?: string | null;
  /** Brings that row into sight when it changes, as when it was chosen elsewhere. */
  isOpenShown?: boolean;
  selection?: Selection;
  initialSort?: SortBy;
  /** Pixels; default 36. */
  rowHeight?: number;
  /** Fills its parent, scrolls and is virtual; else as tall as its rows. */
  isFilling?: boolean;
  minWidth?: number;
  overlay?: (viewport: Viewport<Row>) => ReactNode;
}

const OVERSCAN = 6;

export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { columns, rowKey, onOpen, selection, rowHeight = 36, isFilling = false } = props;
  const [sort, setSort] = useState<SortBy | null>(props.initialSort ?? null);
  const rows = useSortedRows(props.rows, columns, sort);
  const scroller = useRef<HTMLDivElement>(null);
  const gridId = useId();
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    enabled: isFilling,
  });
  const keys = useGridKeys({
    count: rows.length,
    pageSize: 10,
    onOpen: (index) => withRow(rows, index, onOpen),
    onToggle: (index) => withRow(rows, index, (row) => selection?.toggle(rowKey(row))),
    onShow: (index) => {
      if (isFilling) virtualizer.scrollToIndex(index);
      else document.getElementById(`${gridId}-${index}`)?.scrollIntoView({ block: 'nearest' });
    },
  });
  const openIndex =
    props.isOpenShown && typeof props.openKey === 'string'
      ? rows.findIndex((row) => rowKey(row) === props.openKey)
      : -1;
  useEffect(() => {
    if (openIndex >= 0) virtualizer.scrollToIndex(openIndex);
  }, [openIndex, virtualizer]);
  const isInteractive = onOpen !== undefined || selection !== undefined;
  const hasBoxes = selection !== undefined;
  const template = useMemo(
    () => [...(hasBoxes ? ['16px'] : []), ...columns.map((column) => column.width)].join(' '),
    [columns, hasBoxes],
  );
  const items = isFilling
    ? virtualizer.getVirtualItems().map((item) => ({ index: item.index, top: item.start }))
    : rows.map((_row, index) => ({ index, top: index * rowHeight }));
  const visible = items.flatMap(({ index, top }) => {
    const row = rows[index];
    return row === undefined ? [] : [{ row, top, index }];
  });

  return (
    <div className={isFilling ? styles['filling'] : styles['natural']}>
      <div
        ref={scroller}
        className={styles['scroller']}
        role={isInteractive ? 'grid' : 'table'}
        aria-label={props.label}
        aria-rowcount={rows.length + 1}
        aria-multiselectable={selection ? true : undefined}
        tabIndex={isInteractive || isFilling ? 0 : undefined}
        aria-activedescendant={isInteractive && keys.active !== null ? `${gridId}-${keys.active}` : undefined}
        onKeyDown={isInteractive ? keys.onKeyDown : undefined}
        onFocus={isInteractive ? keys.onFocus : undefined}
      >
        <div className={styles['inner']} style={{ minWidth: props.minWidth }} role="presentation">
          <HeaderRow
            columns={columns}
            template={template}
            sort={sort}
            onSort={setSort}
            selection={selection}
            allKeys={rows.map(rowKey)}
          />
          <div role="rowgroup" className={styles['body']} style={{ height: rows.length * rowHeight }}>
            {visible.map(({ row, top, index }) => (
              <DataRow
                key={rowKey(row)}
                id={`${gridId}-${index}`}
                row={row}
                index={index}
                top={top}
                height={rowHeight}
                columns={columns}
                template={template}
                isInteractive={isInteractive}
                isOpen={props.openKey !== undefined && props.openKey === rowKey(row)}
                isActive={keys.active === index}
                isSelected={selection ? selection.keys.has(rowKey(row)) : null}
                selectLabel={selection ? selection.labelOf(rowKey(row)) : null}
                onOpen={onOpen}
                onActivate={keys.activate}
                onToggle={selection?.toggle}
                rowKey={rowKey}
              />
            ))}
          </div>
        </div>
      </div>
      {props.overlay?.({ rows: visible, rowHeight, scroller: scroller.current })}
    </div>
  );
}

function withRow<Row>(rows: readonly Row[], index: number, act: ((row: Row) => void) | undefined): void {
  const row = rows[index];
  if (row !== undefined) act?.(row);
}
