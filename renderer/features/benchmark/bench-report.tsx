// The report of one measured configuration: the verdict first, then the figures, then how they came about.
import { useTranslation } from 'react-i18next';
import type { BenchResult } from '../../../shared/contract/bench-result.ts';
import { useFormat } from '../../lib/format.ts';
import { Figures } from '../../ui/facts.tsx';
import { InTurns } from '../../ui/in-turns.tsx';
import styles from './benchmark.module.css';
import { CapacityPanel } from './capacity-panel.tsx';
import { DistributionSection } from './distribution-section.tsx';
import { MachineSection } from './machine-section.tsx';
import { MethodSection } from './method-section.tsx';
import { OutcomeSection } from './outcome-section.tsx';
import { OverTime } from './over-time.tsx';
import { PercentileSection } from './percentile-section.tsx';
import { percentileOf } from './percentiles.ts';
import { PlacementSection } from './placement-section.tsx';
import { type BackLink, ReportHead } from './report-head.tsx';
import { VerdictBox } from './verdict-box.tsx';

export function BenchReport(props: { result: BenchResult; back: BackLink | null; onRemoved: () => void }) {
  const { result } = props;
  return (
    <InTurns atOnce={3}>
      <ReportHead result={result} back={props.back} onRemoved={props.onRemoved} />
      <VerdictBox verdict={result.verdict} />
      <KeyFigures result={result} />
      <OutcomeSection result={result} />
      <PercentileSection result={result} />
      <OverTime result={result} />
      <DistributionSection result={result} />
      <CapacityPanel result={result} />
      <MethodSection result={result} />
      <PlacementSection result={result} />
      <MachineSection fingerprint={result.fingerprint} />
    </InTurns>
  );
}

function KeyFigures(props: { result: BenchResult }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { result } = props;
  const p95 = percentileOf(result, 95);
  return (
    <div className={styles['figures']}>
      <Figures
        figures={[
          { label: t('bench.median'), value: format.ms(percentileOf(result, 50)?.valueMs) },
          { label: 'p95', value: format.ms(p95?.valueMs) },
          { label: t('bench.throughput'), value: format.perS(result.throughputPerS) },
          { label: t('bench.peakMemory'), value: format.bytes(result.peakRssBytes) },
          { label: t('bench.modelMemory'), value: format.bytes(result.modelRssBytes) },
          { label: t('bench.coldLoad'), value: format.ms(result.coldLoadMs) },
          { label: t('bench.firstRun'), value: format.ms(result.firstRunMs) },
        ]}
      />
    </div>
  );
}
