// The header of a table: column names, sort buttons, the box that selects all.
import { useTranslation } from 'react-i18next';
import styles from './data-table.module.css';
import { Icon } from './icons.tsx';
import type { Column, SortBy } from './table-model.ts';
import type { Selection } from './use-selection.ts';

interface HeaderRowProps<Row> {
  columns: ReadonlyArray<Column<Row>>;
  template: string;
  sort: SortBy | null;
  onSort: (sort: SortBy) => void;
  selection: Selection | undefined;
  allKeys: readonly string[];
}

export function HeaderRow<Row>(props: HeaderRowProps<Row>) {
  const { columns, template, sort, onSort, selection, allKeys } = props;
  return (
    <div className={styles['header']} role="rowgroup">
      <div className={styles['row']} role="row" aria-rowindex={1} style={{ gridTemplateColumns: template }}>
        {selection ? <SelectAll selection={selection} allKeys={allKeys} /> : null}
        {columns.map((column) => (
          <HeaderCell key={column.id} column={column} sort={sort} onSort={onSort} />
        ))}
      </div>
    </div>
  );
}

function HeaderCell<Row>(props: { column: Column<Row>; sort: SortBy | null; onSort: (sort: SortBy) => void }) {
  const { t } = useTranslation();
  const { column, sort, onSort } = props;
  const startsHigh = column.startsHigh ?? column.align === 'end';
  const isSorted = sort?.id === column.id;
  const direction = isSorted ? (sort.isDescending ? 'descending' : 'ascending') : undefined;
  return (
    <div
      className={styles['cell']}
      role="columnheader"
      aria-sort={direction}
      data-align={column.align}
      data-apart={column.isApart || undefined}
      data-column={column.id}
    >
      {column.sort ? (
        <button
          type="button"
          className={styles['sort']}
          title={t('table.sortBy', { column: column.header })}
          onClick={() => onSort({ id: column.id, isDescending: isSorted ? !sort.isDescending : startsHigh })}
        >
          <span className={styles['headerText']}>{column.header}</span>
          {isSorted ? <Icon name={sort.isDescending ? 'down' : 'up'} size={12} /> : null}
        </button>
      ) : (
        <span className={styles['headerText']}>{column.header}</span>
      )}
    </div>
  );
}

function SelectAll(props: { selection: Selection; allKeys: readonly string[] }) {
  const { selection, allKeys } = props;
  const chosen = allKeys.filter((key) => selection.keys.has(key)).length;
  const isAll = chosen > 0 && chosen === allKeys.length;
  return (
    <div className={styles['cell']} role="columnheader">
      <input
        type="checkbox"
        className={styles['box']}
        aria-label={selection.labelAll}
        checked={isAll}
        ref={(box) => {
          if (box) box.indeterminate = chosen > 0 && !isAll;
        }}
        onChange={() => selection.replace(isAll ? [] : allKeys)}
      />
    </div>
  );
}
