// The live charts of a device: eight small multiples on one time axis with one cursor; can be held still.
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Sample } from '../../../shared/agent-protocol/sample.ts';
import { gpuShare, memoryShare } from '../../lib/device-status.ts';
import { type Format, useFormat } from '../../lib/format.ts';
import { type Reading, toColumns } from '../../lib/series.ts';
import { TimeChart } from '../../ui/time-chart.tsx';
import styles from './device.module.css';

interface ChartSpec {
  readonly id: string;
  readonly title: string;
  readonly lines: ReadonlyArray<{ readonly label: string; readonly read: Reading }>;
  readonly format: (value: number | null) => string;
  readonly formatAxis: (value: number) => string;
  readonly top?: number;
  readonly isBinary?: boolean;
  /** Source in the sample's `sensors` that explains a missing value. */
  readonly sensor: string | null;
}

const hottest: Reading = (sample) => {
  const gpu = sample.gpus.map((one) => one.temperatureC).filter((value) => value !== null);
  const all = [...sample.temperatures.map((one) => one.celsius), ...gpu];
  return all.length === 0 ? null : Math.max(...all);
};

function chartSpecs(t: TFunction, format: Format): readonly ChartSpec[] {
  const share = { format: format.percent, formatAxis: format.percent, top: 1 };
  const rate = { format: format.bytesPerS, formatAxis: format.bytesAxis, isBinary: true };
  const ms = { format: format.ms, formatAxis: format.msAxis };
  const one = (read: Reading, label: string) => [{ label, read }];
  return [
    {
      id: 'rate',
      title: t('metric.inferenceRate'),
      lines: one((s) => s.inference.requestsPerS, t('metric.inferenceRate')),
      format: format.perS,
      formatAxis: (v) => format.decimal(v, v < 5 && v > 0 ? 1 : 0),
      sensor: null,
    },
    {
      id: 'latency',
      title: t('metric.latency'),
      lines: [
        { label: 'p50', read: (s) => s.inference.p50Ms },
        { label: 'p95', read: (s) => s.inference.p95Ms },
        { label: 'p99', read: (s) => s.inference.p99Ms },
      ],
      ...ms,
      sensor: null,
    },
    {
      id: 'cpu',
      title: t('metric.cpu'),
      lines: one((s) => s.cpu.utilization, t('metric.cpu')),
      ...share,
      sensor: 'cpu',
    },
    {
      id: 'memory',
      title: t('metric.memoryUsed'),
      lines: one(memoryShare, t('metric.memoryUsed')),
      ...share,
      sensor: 'memory',
    },
    { id: 'gpu', title: t('metric.gpu'), lines: one(gpuShare, t('metric.gpu')), ...share, sensor: 'gpu' },
    {
      id: 'temperature',
      title: t('metric.temperature'),
      lines: one(hottest, t('metric.temperature')),
      format: format.celsius,
      formatAxis: (v) => format.integer(v),
      sensor: 'temperature',
    },
    {
      id: 'network',
      title: t('metric.network'),
      lines: [
        { label: t('metric.received'), read: (s) => s.network.receivedBytesPerS },
        { label: t('metric.sent'), read: (s) => s.network.sentBytesPerS },
      ],
      ...rate,
      sensor: 'network',
    },
    {
      id: 'disk',
      title: t('metric.disk'),
      lines: [
        { label: t('metric.read'), read: (s) => s.disk.readBytesPerS },
        { label: t('metric.written'), read: (s) => s.disk.writtenBytesPerS },
      ],
      ...rate,
      sensor: 'disk',
    },
  ];
}

export function DeviceCharts(props: { samples: readonly Sample[]; windowS: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { samples, windowS } = props;
  const specs = useMemo(() => chartSpecs(t, format), [t, format]);
  const last = samples.at(-1);
  const range = useMemo<readonly [number, number]>(() => {
    const to = (last?.timeMs ?? 0) / 1000;
    return [to - windowS, to];
  }, [last, windowS]);
  const columns = useMemo(() => {
    const readings = specs.flatMap((spec) => spec.lines.map((line) => line.read));
    return toColumns(samples, readings, range[0] * 1000);
  }, [samples, specs, range]);
  const drawn = useMemo(() => {
    let next = 0;
    return specs.map((spec) => ({
      spec,
      series: spec.lines.map((line) => {
        const values = columns.values[next] ?? [];
        next += 1;
        return { label: line.label, values };
      }),
    }));
  }, [specs, columns]);

  return (
    <div className={styles['charts']}>
      {drawn.map(({ spec, series }) => {
        const isEmpty = series.every((one) => one.values.every((value) => value === null));
        return (
          <TimeChart
            key={spec.id}
            title={spec.title}
            times={columns.times}
            series={series}
            format={spec.format}
            formatAxis={spec.formatAxis}
            formatTime={format.time}
            range={range}
            {...(spec.top === undefined ? {} : { top: spec.top })}
            isBinary={spec.isBinary ?? false}
            absence={isEmpty ? absence(t, spec, last) : null}
            syncKey="device"
          />
        );
      })}
    </div>
  );
}

function absence(t: TFunction, spec: ChartSpec, last: Sample | undefined): string {
  const state = spec.sensor === null ? undefined : last?.sensors[spec.sensor];
  if (state && state !== 'ok') return t(`sensor.${state}`);
  return spec.id === 'latency' ? t('device.noRequests') : t('device.noData');
}
