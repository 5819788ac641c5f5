// One row of a table; memoised, so that a row whose data did not change is not rendered again.
import { memo } from 'react';
import styles from './data-table.module.css';
import type { Column } from './table-model.ts';

interface DataRowProps<Row> {
  id: string;
  row: Row;
  index: number;
  top: number;
  height: number;
  columns: ReadonlyArray<Column<Row>>;
  template: string;
  isInteractive: boolean;
  isOpen: boolean;
  isActive: boolean;
  /** Null where rows cannot be selected. */
  isSelected: boolean | null;
  selectLabel: string | null;
  onOpen: ((row: Row) => void) | undefined;
  onActivate: (index: number) => void;
  onToggle: ((key: string) => void) | undefined;
  rowKey: (row: Row) => string;
}

function DataRowView<Row>(props: DataRowProps<Row>) {
  const { row, columns, onOpen } = props;
  const role = props.isInteractive ? 'gridcell' : 'cell';
  return (
    <div
      id={props.id}
      role="row"
      aria-rowindex={props.index + 2}
      aria-selected={props.isSelected ?? (props.isInteractive ? props.isOpen : undefined)}
      className={styles['row']}
      data-open={props.isOpen || undefined}
      data-active={props.isActive || undefined}
      data-selected={props.isSelected || undefined}
      data-clickable={onOpen !== undefined || undefined}
      style={{ gridTemplateColumns: props.template, height: props.height, transform: `translateY(${props.top}px)` }}
      onClick={() => {
        props.onActivate(props.index);
        onOpen?.(row);
      }}
    >
      {props.isSelected === null ? null : (
        <div className={styles['cell']} role={role} onClick={(event) => event.stopPropagation()}>
          <input
            type="checkbox"
            tabIndex={-1}
            className={styles['box']}
            aria-label={props.selectLabel ?? ''}
            checked={props.isSelected}
            onChange={() => props.onToggle?.(props.rowKey(row))}
          />
        </div>
      )}
      {columns.map((column) => (
        <div
          key={column.id}
          className={styles['cell']}
          role={role}
          data-align={column.align}
          data-apart={column.isApart || undefined}
        >
          {column.cell(row)}
        </div>
      ))}
    </div>
  );
}

/** Callbacks are left out of the comparison: they act on `row`, which is in it. */
function isSame<Row>(before: DataRowProps<Row>, after: DataRowProps<Row>): boolean {
  return (
    before.row === after.row &&
    before.index === after.index &&
    before.top === after.top &&
    before.columns === after.columns &&
    before.template === after.template &&
    before.isOpen === after.isOpen &&
    before.isActive === after.isActive &&
    before.isSelected === after.isSelected &&
    before.onToggle === after.onToggle &&
    before.onOpen === after.onOpen
  );
}

export const DataRow = memo(DataRowView, isSame) as typeof DataRowView;
