// How the latencies are spread, and what lies outside: outliers by class, never removed.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { BenchResult } from '../../../shared/contract/bench-result.ts';
import { useFormat } from '../../lib/format.ts';
import { Facts } from '../../ui/facts.tsx';
import { Histogram } from '../../ui/histogram.tsx';
import { Section } from '../../ui/page.tsx';
import { Tag, type Tone } from '../../ui/status.tsx';
import styles from './benchmark.module.css';

const EFFECT_TONES: Readonly<Record<BenchResult['outliers']['effect'], Tone>> = {
  unaffected: 'ok',
  slight: 'ok',
  moderate: 'warn',
  severe: 'bad',
};

export function DistributionSection(props: { result: BenchResult }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { result } = props;
  const { outliers } = result;
  const bars = useMemo(() => barsOf(result), [result]);
  const total = outliers.mildLow + outliers.mildHigh + outliers.severeLow + outliers.severeHigh;
  const share = result.samples.count > 0 ? total / result.samples.count : 0;
  return (
    <Section
      title={t('bench.distribution')}
      aside={
        bars.beyondMs === null
          ? t('bench.distributionNote')
          : t('bench.distributionBeyond', { value: format.ms(bars.beyondMs) })
      }
    >
      <div className={styles['spread']}>
        <Histogram
          label={t('bench.distribution')}
          edges={bars.edges}
          counts={bars.counts}
          formatX={format.msAxis}
          formatY={format.compact}
        />
        <Facts
          facts={[
            {
              label: t('bench.outliers'),
              value: `${t('bench.outlierCount', { count: total, number: format.integer(total) })}, ${format.percentFine(share)}`,
            },
            { label: t('bench.high'), value: classes(outliers.mildHigh, outliers.severeHigh) },
            { label: t('bench.low'), value: classes(outliers.mildLow, outliers.severeLow) },
            {
              label: t('bench.effect'),
              value: (
                <span>
                  <Tag tone={EFFECT_TONES[outliers.effect]}>{t(`bench.effects.${outliers.effect}`)}</Tag>{' '}
                  {t('bench.varianceShare', { share: format.percent(outliers.varianceShare) })}
                </span>
              ),
            },
            { label: t('bench.explained'), value: t('bench.explainedValue', { count: outliers.explained, total }) },
          ]}
        />
      </div>
    </Section>
  );

  function classes(mild: number, severe: number): string {
    return t('bench.outlierClasses', { mild: format.integer(mild), severe: format.integer(severe) });
  }
}

function barsOf(result: BenchResult) {
  const [first, last] = [result.histogram[0], result.histogram.at(-1)];
  const edges = result.histogram.map((bin) => bin.fromMs);
  const widthMs = first ? first.toMs - first.fromMs : 0;
  return {
    // The last bin reaches to the largest value; it is drawn as wide as the others and named in the note.
    edges: last ? [...edges, last.fromMs + widthMs] : edges,
    counts: result.histogram.map((bin) => bin.count),
    beyondMs: result.histogram.length > 1 && last && last.toMs - last.fromMs > widthMs * 1.5 ? last.fromMs : null,
  };
}
