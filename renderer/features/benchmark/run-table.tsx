// The rows of a run across configurations and machines: one column for each side that varies, then the figures and the verdict.
import type { TFunction } from 'i18next';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { BenchRow, BenchRun } from '../../../shared/contract/bench.ts';
import { type Format, NO_VALUE, useFormat } from '../../lib/format.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { IntervalBar } from '../../ui/interval-bar.tsx';
import { Status, Tag } from '../../ui/status.tsx';
import type { Column } from '../../ui/table-model.ts';
import styles from './benchmark.module.css';
import { type Side, sideText, varyingSides } from './run-texts.ts';
import { VERDICT_TONES } from './verdict-text.ts';

/** From here on only the rows in sight are rendered. */
const LONG = 40;

const rowKey = (row: BenchRow) => String(row.index);

const WIDTHS: Readonly<Record<Side, string>> = {
  model: 'minmax(124px, 1.3fr)',
  machine: 'minmax(92px, 1fr)',
  threads: '52px',
  batch: '44px',
  provider: '76px',
  level: '76px',
};

export function RunTable(props: { run: BenchRun; onOpen: (resultId: string) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { run, onOpen } = props;
  const sides = varyingSides(run).join(' ');
  const top = Math.max(0, ...run.rows.map((row) => row.summary?.p50HighMs ?? row.summary?.p50Ms ?? 0));
  const columns = useMemo(
    () => [
      ...sides.split(' ').flatMap((side) => (side === '' ? [] : [sideColumn(t, side as Side)])),
      ...figureColumns(t, format, top),
    ],
    [t, format, sides, top],
  );
  const open = useCallback(
    (row: BenchRow) => {
      if (row.resultId !== null) onOpen(row.resultId);
    },
    [onOpen],
  );
  const isLong = run.rows.length > LONG;
  return (
    <div className={isLong ? styles['longTable'] : undefined}>
      <DataTable
        label={t('bench.table')}
        columns={columns}
        rows={run.rows}
        rowKey={rowKey}
        onOpen={open}
        rowHeight={36}
        minWidth={720}
        isFilling={isLong}
      />
    </div>
  );
}

function sideColumn(t: TFunction, side: Side): Column<BenchRow> {
  const isNumber = side === 'threads' || side === 'batch';
  return {
    id: side,
    header: t(`bench.columns.${side}`),
    width: WIDTHS[side],
    ...(isNumber ? { align: 'end' as const } : {}),
    sort: (row) => (isNumber ? row.options[side] : sideText(t, row, side)),
    cell: (row) => sideText(t, row, side),
  };
}

function figureColumns(t: TFunction, format: Format, top: number): ReadonlyArray<Column<BenchRow>> {
  const figure = (
    id: string,
    header: string,
    width: string,
    pick: (summary: NonNullable<BenchRow['summary']>) => number | null,
    write: (value: number | null | undefined) => string,
  ): Column<BenchRow> => ({
    id,
    header,
    width,
    align: 'end',
    sort: (row) => (row.summary ? pick(row.summary) : null),
    cell: (row) => write(row.summary ? pick(row.summary) : null),
  });
  return [
    {
      id: 'p50',
      header: 'p50',
      width: 'minmax(108px, 1.2fr)',
      align: 'end',
      startsHigh: false,
      sort: (row) => row.summary?.p50Ms ?? null,
      cell: ({ summary }) =>
        summary === null ? (
          NO_VALUE
        ) : (
          <IntervalBar
            text={format.ms(summary.p50Ms)}
            title={`${format.ms(summary.p50LowMs)} – ${format.ms(summary.p50HighMs)}`}
            value={summary.p50Ms}
            low={summary.p50LowMs}
            high={summary.p50HighMs}
            top={top}
          />
        ),
    },
    figure('p95', 'p95', '62px', (summary) => summary.p95Ms, format.ms),
    figure('p99', 'p99', '62px', (summary) => summary.p99Ms, format.ms),
    figure('rate', t('bench.columns.rate'), '66px', (summary) => summary.throughputPerS, format.perS),
    figure('memory', t('bench.columns.memory'), '66px', (summary) => summary.peakRssBytes, format.bytes),
    {
      id: 'verdict',
      header: t('bench.columns.verdict'),
      width: '100px',
      isApart: true,
      sort: (row) => row.summary?.verdict ?? row.state,
      cell: (row) => <Judgement row={row} />,
    },
  ];
}

function Judgement(props: { row: BenchRow }) {
  const { t } = useTranslation();
  const { row } = props;
  if (row.summary) {
    const { verdict } = row.summary;
    return <Tag tone={VERDICT_TONES[verdict]}>{t(`bench.verdicts.${verdict}`)}</Tag>;
  }
  const tones = { waiting: 'idle', running: 'busy', failed: 'bad', done: 'idle' } as const;
  return (
    <Status tone={tones[row.state]} word={t(`bench.rowStates.${row.state}`)} isPulsing={row.state === 'running'} />
  );
}
