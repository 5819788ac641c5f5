// Percentiles with their intervals and the figure to sign off.
import { useTranslation } from 'react-i18next';
import type { BenchResult, Percentile } from '../../../shared/contract/bench-result.ts';
import { NO_VALUE, useFormat } from '../../lib/format.ts';
import { IntervalPlot } from '../../ui/interval-plot.tsx';
import { Section } from '../../ui/page.tsx';

export function PercentileSection(props: { result: BenchResult }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { result } = props;
  const textOf = (one: Percentile): string => {
    if (one.valueMs !== null) return format.ms(one.valueMs);
    if (!result.warmup.isSteady) return t('bench.notStated');
    return t('bench.needsMore', { count: one.samplesMissing, number: format.integer(one.samplesMissing) });
  };
  return (
    <Section title={t('bench.percentiles')} aside={t('bench.signOffNote')}>
      <IntervalPlot
        label={t('bench.percentiles')}
        headers={{ value: t('bench.value'), range: t('bench.interval'), last: t('bench.signOff') }}
        intervals={result.latencyMs.percentiles.map((one) => ({
          label: `p${one.percentile}`,
          value: one.valueMs,
          low: one.lowMs,
          high: one.highMs,
          text: textOf(one),
          rangeText:
            one.lowMs === null || one.highMs === null ? NO_VALUE : `${format.ms(one.lowMs)} – ${format.ms(one.highMs)}`,
          lastText: format.ms(one.signOffMs),
        }))}
      />
    </Section>
  );
}
