// The pictures of a result: percentiles with their intervals, latency over time, and the histogram.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { BenchResult } from '../../../shared/contract/bench.ts';
import { NO_VALUE, useFormat } from '../../lib/format.ts';
import { IntervalPlot } from '../../ui/interval-plot.tsx';
import { Section } from '../../ui/page.tsx';
import { Histogram, LineChart } from '../../ui/xy-chart.tsx';
import styles from './benchmark.module.css';

export function BenchCharts(props: { result: BenchResult }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { result } = props;
  const series = useMemo(
    () => ({
      xs: result.series.map((point) => point.timeMs / 1000),
      ys: result.series.map((point) => point.latencyMs),
    }),
    [result],
  );
  const bars = useMemo(() => {
    const edges = result.histogram.map((bin) => bin.fromMs);
    const [first, last] = [result.histogram[0], result.histogram.at(-1)];
    const widthMs = first ? first.toMs - first.fromMs : 0;
    return {
      // The last bin reaches to the largest value; it is drawn as wide as the others and named in the note.
      edges: last ? [...edges, last.fromMs + widthMs] : edges,
      counts: result.histogram.map((bin) => bin.count),
      beyondMs: result.histogram.length > 1 && last && last.toMs - last.fromMs > widthMs * 1.5 ? last.fromMs : null,
    };
  }, [result]);
  return (
    <>
      <Section title={t('bench.percentiles')} aside={t('bench.intervalNote')}>
        <IntervalPlot
          label={t('bench.percentiles')}
          intervals={result.latencyMs.percentiles.map((one) => ({
            label: `p${one.percentile}`,
            value: one.valueMs,
            low: one.lowMs,
            high: one.highMs,
            text:
              one.valueMs === null
                ? result.warmup.isSteady
                  ? t('bench.needsMore', { count: one.samplesMissing, number: format.integer(one.samplesMissing) })
                  : t('bench.notStated')
                : format.ms(one.valueMs),
            rangeText:
              one.lowMs === null || one.highMs === null
                ? NO_VALUE
                : `${format.ms(one.lowMs)} – ${format.ms(one.highMs)}`,
          }))}
        />
      </Section>
      <div className={styles['pictures']}>
        <div>
          <Section title={t('bench.overTime')} aside={t('bench.overTimeNote')}>
            <LineChart
              label={t('bench.overTime')}
              xs={series.xs}
              ys={series.ys}
              formatX={format.sAxis}
              formatY={format.msAxis}
            />
          </Section>
        </div>
        <div>
          <Section
            title={t('bench.distribution')}
            aside={
              bars.beyondMs === null
                ? t('bench.distributionNote')
                : t('bench.distributionBeyond', { value: format.ms(bars.beyondMs) })
            }
          >
            <Histogram
              label={t('bench.distribution')}
              edges={bars.edges}
              counts={bars.counts}
              formatX={format.msAxis}
              formatY={format.compact}
            />
          </Section>
        </div>
      </div>
    </>
  );
}
