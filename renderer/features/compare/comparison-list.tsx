// Past comparisons, newest first: who against whom, and the answer.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Comparison } from '../../../shared/contract/compare.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import { useFormat } from '../../lib/format.ts';
import { machineName } from '../../lib/machines.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Tag } from '../../ui/status.tsx';
import type { Column } from '../../ui/table-model.ts';
import { TwoLines } from '../../ui/two-lines.tsx';
import { ANSWER_TONES, answerWord } from './answer-text.ts';

const comparisonId = (comparison: Comparison) => comparison.id;

export function ComparisonList(props: {
  comparisons: readonly Comparison[];
  chosen: string | null;
  onOpen: (comparison: Comparison) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const columns = useMemo<ReadonlyArray<Column<Comparison>>>(
    () => [
      {
        id: 'models',
        header: t('compare.columns.comparison'),
        width: 'minmax(0, 1fr)',
        sort: (one) => one.startedAtMs,
        startsHigh: true,
        cell: (one) => {
          const [first] = one.candidates;
          const b = first ? formatRef(first.model) : '';
          return (
            <TwoLines
              first={one.candidates.length > 1 ? t('bench.andMore', { first: b, count: one.candidates.length - 1 }) : b}
              second={`${format.shortDateTime(one.startedAtMs)} · ${machineName(t, one.machine)}`}
              isStrong
            />
          );
        },
      },
      {
        id: 'answer',
        header: t('compare.columns.answer'),
        width: '96px',
        align: 'end',
        cell: (one) => {
          const [first] = one.candidates;
          if (!first) return '';
          return one.candidates.length > 1 ? (
            t('compare.answerCount', { count: one.candidates.length })
          ) : (
            <Tag tone={ANSWER_TONES[first.answer]}>{answerWord(t, first.answer)}</Tag>
          );
        },
      },
    ],
    [t, format],
  );
  return (
    <DataTable
      label={t('compare.past')}
      columns={columns}
      rows={props.comparisons}
      rowKey={comparisonId}
      onOpen={props.onOpen}
      openKey={props.chosen}
      rowHeight={48}
      isFilling
    />
  );
}
