// The candidates of a comparison side by side, and the method in figures.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Candidate, Comparison } from '../../../shared/contract/compare.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import { NO_VALUE, useFormat } from '../../lib/format.ts';
import { PROVIDER_NAMES } from '../../lib/provider-names.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Tag } from '../../ui/status.tsx';
import type { Column } from '../../ui/table-model.ts';
import { ANSWER_TONES, answerWord, referenceName } from './answer-text.ts';

const candidateKey = (candidate: Candidate) => formatRef(candidate.model);

export function CandidateTable(props: { comparison: Comparison }) {
  const { t } = useTranslation();
  const format = useFormat();
  const columns = useMemo<ReadonlyArray<Column<Candidate>>>(
    () => [
      {
        id: 'model',
        header: t('bench.columns.model'),
        width: 'minmax(140px, 1.4fr)',
        sort: candidateKey,
        cell: candidateKey,
      },
      {
        id: 'answer',
        header: t('compare.columns.answer'),
        width: '110px',
        sort: (one) => one.answer,
        cell: (one) => <Tag tone={ANSWER_TONES[one.answer]}>{answerWord(t, one.answer)}</Tag>,
      },
      {
        id: 'change',
        header: t('compare.columns.change'),
        width: '90px',
        align: 'end',
        startsHigh: false,
        sort: (one) => one.ratio.estimate,
        cell: (one) => format.change(one.ratio.estimate - 1),
      },
      {
        id: 'interval',
        header: t('bench.interval'),
        width: '150px',
        align: 'end',
        cell: (one) => `${format.change(one.ratio.low - 1)} … ${format.change(one.ratio.high - 1)}`,
      },
      {
        id: 'median',
        header: t('compare.columns.median'),
        width: '90px',
        align: 'end',
        startsHigh: false,
        sort: (one) => one.medianMs,
        cell: (one) => format.ms(one.medianMs),
      },
      {
        id: 'holm',
        header: t('compare.columns.holm'),
        width: '90px',
        align: 'end',
        startsHigh: false,
        sort: (one) => one.holmP,
        cell: (one) => format.small(one.holmP),
      },
    ],
    [t, format],
  );
  return (
    <DataTable
      label={t('compare.candidates')}
      columns={columns}
      rows={props.comparison.candidates}
      rowKey={candidateKey}
    />
  );
}

export function MeasuredFacts(props: { comparison: Comparison }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { comparison } = props;
  const { setup, candidates } = comparison;
  const [first] = candidates;
  return (
    <Facts
      columns={2}
      facts={[
        {
          label: t('compare.medianOf', { model: referenceName(t, comparison) }),
          value: format.ms(comparison.a.medianMs),
        },
        ...candidates.map((one) => ({
          label: t('compare.medianOf', { model: formatRef(one.model) }),
          value: format.ms(one.medianMs),
        })),
        { label: t('bench.noiseFloor'), value: `± ${format.percentFine(comparison.noiseFloor)}` },
        { label: t('compare.threshold'), value: format.percentFine(comparison.threshold) },
        {
          label: t('compare.tost'),
          value: first ? `p = ${format.small(first.tostP)}` : NO_VALUE,
        },
        {
          label: t('compare.wilcoxon'),
          value: first === undefined || first.wilcoxonP === null ? NO_VALUE : `p = ${format.small(first.wilcoxonP)}`,
        },
        {
          label: t('bench.options'),
          value: [
            t('bench.threadCount', { count: setup.threads }),
            t('bench.batchOf', { size: setup.batch }),
            PROVIDER_NAMES[setup.provider],
            t('bench.levelOf', { level: t(`bench.levelNames.${setup.level}`) }),
          ].join(' · '),
        },
        { label: t('device.cpu'), value: comparison.fingerprint.cpuModel },
      ]}
    />
  );
}
