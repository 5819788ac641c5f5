// The result of one benchmark: figures, percentiles with intervals, latency over time, distribution, warm-up, machine.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { BenchResult } from '../../../shared/contract/bench.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import { NO_VALUE, useFormat } from '../../lib/format.ts';
import { PATHS } from '../../lib/paths.ts';
import { useServices } from '../../lib/rpc-context.tsx';
import { said } from '../../lib/said.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { ConfirmDialog, type Question } from '../../ui/dialog.tsx';
import { Facts, Figures } from '../../ui/facts.tsx';
import { DropMenu } from '../../ui/menu.tsx';
import { Section } from '../../ui/page.tsx';
import { Tag } from '../../ui/status.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { BenchCharts } from './bench-charts.tsx';
import styles from './benchmark.module.css';
import { percentileOf } from './percentiles.ts';

export function BenchReport(props: { result: BenchResult; onRemoved: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { result } = props;
  const p50 = percentileOf(result, 50);
  return (
    <>
      <ReportHead result={result} onRemoved={props.onRemoved} />
      <div className={styles['figures']}>
        <Figures
          figures={[
            { label: t('bench.median'), value: format.ms(p50?.valueMs) },
            { label: t('bench.throughput'), value: format.perS(result.throughputPerS) },
            { label: t('bench.peakMemory'), value: format.bytes(result.peakRssBytes) },
            { label: t('bench.modelMemory'), value: format.bytes(result.modelRssBytes) },
            { label: t('bench.coldLoad'), value: format.ms(result.coldLoadMs) },
            { label: t('bench.firstRun'), value: format.ms(result.firstRunMs) },
          ]}
        />
      </div>
      <BenchCharts result={result} />
      <Section title={t('bench.how')}>
        <Facts
          columns={2}
          facts={[
            {
              label: t('bench.samples'),
              value: t('bench.samplesValue', {
                count: result.samples.count,
                number: format.integer(result.samples.count),
                effective: format.integer(result.samples.effectiveCount),
              }),
            },
            {
              label: t('bench.range'),
              value: `${format.ms(result.latencyMs.min)} – ${format.ms(result.latencyMs.max)}`,
            },
            { label: t('bench.mean'), value: format.ms(result.latencyMs.mean) },
            { label: t('bench.provider'), value: result.provider },
            {
              label: t('bench.options'),
              value: t('bench.optionsValue', {
                threads: result.options.threads,
                batch: result.options.batch,
                duration: format.duration(result.options.durationS * 1000),
              }),
            },
            {
              label: t('bench.inputs'),
              value: result.inputs.map((input) => `${input.name} ${input.shape.join(' × ')}`).join(', '),
            },
            {
              label: t('bench.warmup'),
              value: (
                <span>
                  <Tag tone={result.warmup.isSteady ? 'ok' : 'warn'}>
                    {t(result.warmup.isSteady ? 'bench.steady' : 'bench.unsteady')}
                  </Tag>{' '}
                  {t('bench.discarded', {
                    count: result.warmup.discarded,
                    time: format.duration(result.warmup.discardedMs),
                  })}
                </span>
              ),
            },
            { label: t('bench.warmupReason'), value: said(t, result.warmup.reason) },
          ]}
        />
      </Section>
      <Section title={t('bench.machine')}>
        <Machine result={result} />
      </Section>
    </>
  );
}

function ReportHead(props: { result: BenchResult; onRemoved: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { client } = useServices();
  const toasts = useToasts();
  const [, navigate] = useLocation();
  const [question, setQuestion] = useState<Question | null>(null);
  const { result } = props;
  const ref = formatRef(result.model);
  const askRemove = () =>
    setQuestion({
      title: t('bench.removeTitle', { ref, time: format.dateTime(result.startedAtMs) }),
      consequence: t('bench.removeText'),
      action: t('bench.remove'),
      run: async () => {
        await client.bench.remove({ id: result.id });
        toasts.done(t('bench.removed', { ref }));
        props.onRemoved();
        navigate(PATHS.benchmarks);
      },
    });
  return (
    <div className={styles['head']}>
      <div className={styles['heading']}>
        <h2>{ref}</h2>
        <span>{format.dateTime(result.startedAtMs)}</span>
      </div>
      <Button icon="bundle" onClick={() => navigate(PATHS.newBundle(ref))}>
        {t('models.pack')}
      </Button>
      <DropMenu
        label={t('bench.more')}
        target={<IconButton icon="menu" label={t('bench.more')} />}
        entries={[{ id: 'remove', label: t('bench.remove'), isDestructive: true, run: askRemove }]}
      />
      <ConfirmDialog question={question} onClose={() => setQuestion(null)} />
    </div>
  );
}

function Machine(props: { result: BenchResult }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { fingerprint } = props.result;
  return (
    <Facts
      columns={2}
      facts={[
        {
          label: t('device.cpu'),
          value: t('device.cpuValue', {
            model: fingerprint.cpuModel,
            count: fingerprint.cores,
            architecture: fingerprint.architecture,
          }),
        },
        { label: t('device.memory'), value: format.bytes(fingerprint.memoryBytes) },
        { label: t('device.system'), value: fingerprint.os },
        { label: t('device.kernel'), value: fingerprint.kernel },
        { label: t('bench.virtualization'), value: fingerprint.virtualization ?? t('device.none') },
        { label: t('bench.governor'), value: fingerprint.governor ?? NO_VALUE },
        { label: 'ONNX Runtime', value: fingerprint.onnxruntimeVersion },
        { label: 'Node.js', value: fingerprint.nodeVersion },
      ]}
    />
  );
}
