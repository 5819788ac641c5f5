// The past results, newest first.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { BenchResult } from '../../../shared/contract/bench.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import { useFormat } from '../../lib/format.ts';
import { DataTable } from '../../ui/data-table.tsx';
import type { Column } from '../../ui/table-model.ts';
import { TwoLines } from '../../ui/two-lines.tsx';
import styles from './benchmark.module.css';
import { percentileOf } from './percentiles.ts';

const resultId = (result: BenchResult) => result.id;

export function BenchList(props: {
  results: readonly BenchResult[];
  chosen: string | null;
  onOpen: (result: BenchResult) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const columns = useMemo<ReadonlyArray<Column<BenchResult>>>(
    () => [
      {
        id: 'model',
        header: t('bench.columns.model'),
        width: 'minmax(0, 1fr)',
        sort: (result) => formatRef(result.model),
        cell: (result) => (
          <TwoLines first={formatRef(result.model)} second={format.dateTime(result.startedAtMs)} isStrong />
        ),
      },
      {
        id: 'p50',
        header: 'p50',
        width: '72px',
        align: 'end',
        sort: (result) => percentileOf(result, 50)?.valueMs ?? null,
        cell: (result) => format.ms(percentileOf(result, 50)?.valueMs),
      },
      {
        id: 'rate',
        header: t('bench.columns.rate'),
        width: '78px',
        align: 'end',
        sort: (result) => result.throughputPerS,
        cell: (result) => format.perS(result.throughputPerS),
      },
    ],
    [t, format],
  );
  if (props.results.length === 0) return null;
  return (
    <div className={styles['past']}>
      <DataTable
        label={t('bench.past')}
        columns={columns}
        rows={props.results}
        rowKey={resultId}
        onOpen={props.onOpen}
        openKey={props.chosen}
        rowHeight={44}
        isFilling
      />
    </div>
  );
}
