// How it was measured: samples, warm-up, drift, noise, inputs.
import { useTranslation } from 'react-i18next';
import type { BenchResult } from '../../../shared/contract/bench-result.ts';
import { NO_VALUE, useFormat } from '../../lib/format.ts';
import { said } from '../../lib/said.ts';
import { Digest, Facts } from '../../ui/facts.tsx';
import { Section } from '../../ui/page.tsx';
import { Tag } from '../../ui/status.tsx';

export function MethodSection(props: { result: BenchResult }) {
  const { t } = useTranslation();
  const { result } = props;
  return (
    <>
      <Section title={t('bench.steadiness')}>
        <Steadiness result={result} />
      </Section>
      <Section title={t('bench.noise')} aside={t('bench.noiseNote')}>
        <NoiseFacts result={result} />
      </Section>
      <Section title={t('bench.how')}>
        <HowFacts result={result} />
      </Section>
    </>
  );
}

function Steadiness(props: { result: BenchResult }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { warmup, drift } = props.result;
  const isWorn = drift.isDrifting || drift.isThrottling;
  return (
    <Facts
      columns={2}
      facts={[
        {
          label: t('bench.warmup'),
          value: (
            <span>
              <Tag tone={warmup.isSteady ? 'ok' : 'warn'}>{t(warmup.isSteady ? 'bench.steady' : 'bench.unsteady')}</Tag>{' '}
              {t('bench.discarded', { count: warmup.discarded, time: format.duration(warmup.discardedMs) })}
            </span>
          ),
        },
        {
          label: t('bench.drift'),
          value: (
            <span>
              <Tag tone={isWorn ? 'warn' : 'ok'}>{t(drift.isDrifting ? 'bench.drifting' : 'bench.noDrift')}</Tag>{' '}
              {t('bench.driftValue', {
                total: format.change(drift.totalPercent / 100),
                rate: format.change(drift.percentPerMinute / 100),
              })}
            </span>
          ),
        },
        { label: t('bench.warmupReason'), value: said(t, warmup.reason) },
        {
          label: t('bench.throttling'),
          value: drift.isThrottling
            ? t('bench.throttledBy', {
                time: format.duration(drift.timeToThrottleMs),
                evidence: t(`bench.evidence.${drift.evidence}`),
              })
            : t('bench.noThrottling', { evidence: t(`bench.evidence.${drift.evidence}`) }),
        },
        {
          label: t('bench.calibration'),
          value: drift.calibrationPercent === null ? NO_VALUE : format.change(drift.calibrationPercent / 100),
        },
      ]}
    />
  );
}

function NoiseFacts(props: { result: BenchResult }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { noise } = props.result;
  return (
    <Facts
      columns={2}
      facts={[
        {
          label: t('bench.noiseFloor'),
          value: noise.floor === null ? t('bench.notMeasured') : `± ${format.percentFine(noise.floor)}`,
        },
        { label: t('bench.switches'), value: format.integer(noise.involuntarySwitches) },
        { label: t('bench.busyBefore'), value: format.percentFine(noise.busyBefore) },
        { label: t('bench.collections'), value: format.integer(noise.garbageCollections) },
        { label: t('bench.pressure'), value: format.percentFine(noise.pressure) },
        { label: t('bench.load'), value: format.decimal(noise.load1, 2) },
        { label: t('bench.steal'), value: format.percentFine(noise.steal) },
        { label: t('bench.served'), value: format.integer(noise.servedRequests) },
      ]}
    />
  );
}

function HowFacts(props: { result: BenchResult }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { result } = props;
  const { samples, options } = result;
  const dimensions = Object.entries(options.dimensions).map(([name, size]) => `${name} = ${size}`);
  return (
    <Facts
      columns={2}
      facts={[
        {
          label: t('bench.samples'),
          value: t('bench.samplesValue', {
            count: samples.count,
            number: format.integer(samples.count),
            effective: format.integer(samples.effectiveCount),
            total: format.integer(samples.total),
          }),
        },
        { label: t('bench.mean'), value: format.ms(result.latencyMs.mean) },
        {
          label: t('bench.range'),
          value: `${format.ms(result.latencyMs.min)} – ${format.ms(result.latencyMs.max)}`,
        },
        { label: t('bench.binding'), value: t(`bench.bindings.${result.binding}`) },
        {
          label: t('bench.inputs'),
          value: result.inputs.map((input) => `${input.name} ${input.shape.join(' × ')}`).join(', '),
        },
        { label: t('bench.inputDigest'), value: <Digest value={result.inputDigest} /> },
        {
          label: t('bench.dimensions'),
          value: dimensions.length > 0 ? dimensions.join(', ') : t('bench.fixedAlready'),
        },
        { label: t('bench.priority'), value: t(`bench.priorities.${options.priority}`) },
      ]}
    />
  );
}
