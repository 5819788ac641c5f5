// The runs, newest first: what was measured, where, and how far or how fast.
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { BenchRun } from '../../../shared/contract/bench.ts';
import { type Format, useFormat } from '../../lib/format.ts';
import { DataTable } from '../../ui/data-table.tsx';
import type { Column } from '../../ui/table-model.ts';
import { TwoLines } from '../../ui/two-lines.tsx';
import { runMachines, runTitle } from './run-texts.ts';

const runId = (run: BenchRun) => run.id;

function runState(t: TFunction, format: Format, run: BenchRun): { first: string; second: string } {
  const finished = run.rows.filter((row) => row.state === 'done' || row.state === 'failed').length;
  const [only] = run.rows;
  if (run.state === 'running') return { first: `${finished}/${run.rows.length}`, second: t('bench.runStates.running') };
  if (run.state === 'interrupted')
    return { first: `${finished}/${run.rows.length}`, second: t('bench.runStates.interrupted') };
  if (run.rows.length > 1) return { first: t('bench.rowCount', { count: run.rows.length }), second: '' };
  if (only?.summary)
    return { first: format.ms(only.summary.p50Ms), second: t(`bench.verdicts.${only.summary.verdict}`) };
  return { first: t('bench.rowStates.failed'), second: '' };
}

export function RunList(props: { runs: readonly BenchRun[]; chosen: string | null; onOpen: (run: BenchRun) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const columns = useMemo<ReadonlyArray<Column<BenchRun>>>(
    () => [
      {
        id: 'run',
        header: t('bench.columns.run'),
        width: 'minmax(0, 1fr)',
        sort: (run) => run.startedAtMs,
        startsHigh: true,
        cell: (run) => (
          <TwoLines
            first={runTitle(t, run)}
            second={`${format.shortDateTime(run.startedAtMs)} · ${runMachines(t, run)}`}
            isStrong
          />
        ),
      },
      {
        id: 'state',
        header: t('bench.columns.outcome'),
        width: '80px',
        align: 'end',
        cell: (run) => <TwoLines {...runState(t, format, run)} />,
      },
    ],
    [t, format],
  );
  return (
    <DataTable
      label={t('bench.runs')}
      columns={columns}
      rows={props.runs}
      rowKey={runId}
      onOpen={props.onOpen}
      openKey={props.chosen}
      rowHeight={48}
      isFilling
    />
  );
}
