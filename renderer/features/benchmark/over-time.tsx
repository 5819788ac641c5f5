// Latency over time above what the machine's sensors said, on one time axis with one cursor.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { BenchResult, BenchSecond } from '../../../shared/contract/bench-result.ts';
import { NO_VALUE, useFormat } from '../../lib/format.ts';
import { Section } from '../../ui/page.tsx';
import { TimeChart } from '../../ui/time-chart.tsx';
import styles from './benchmark.module.css';

const SYNC = 'bench-time';
const SENSOR_HEIGHT = 84;
/** Fewer seconds than this say less than the slices of the raw samples. */
const FEW_SECONDS = 8;

type Sensor = 'clockMHz' | 'temperatureC' | 'powerW' | 'calibrationMs';
const SENSORS = ['clockMHz', 'temperatureC', 'powerW', 'calibrationMs'] as const satisfies readonly Sensor[];

export function OverTime(props: { result: BenchResult }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { result } = props;
  const { seconds, series, drift } = result;
  const isBySecond = seconds.length >= FEW_SECONDS;
  const points = isBySecond ? seconds : series;
  const times = useMemo(() => points.map((point) => point.timeMs / 1000), [points]);
  const latency = useMemo(
    () =>
      isBySecond
        ? [
            { label: 'p50', values: seconds.map((one) => one.p50Ms) },
            { label: 'p95', values: seconds.map((one) => one.p95Ms) },
          ]
        : [{ label: t('bench.latency'), values: series.map((one) => one.latencyMs) }],
    [isBySecond, seconds, series, t],
  );
  const range = useMemo(() => [times[0] ?? 0, times.at(-1) ?? 1] as const, [times]);
  const present = isBySecond ? SENSORS.filter((sensor) => seconds.some((one) => one[sensor] !== null)) : [];
  const markAt = drift.timeToThrottleMs === null ? null : drift.timeToThrottleMs / 1000;
  const common = { range, syncKey: SYNC, isElapsed: true, markAt, formatTime: format.elapsed };
  const asideKey = isBySecond ? 'bench.bySecond' : 'bench.overTimeNote';
  return (
    <Section
      title={t('bench.overTime')}
      isFlush
      aside={
        drift.timeToThrottleMs === null
          ? t(asideKey)
          : t('bench.throttledAfter', { time: format.duration(drift.timeToThrottleMs) })
      }
    >
      <div className={styles['overTime']}>
        <TimeChart
          {...common}
          title={t('bench.latency')}
          times={times}
          series={latency}
          format={format.ms}
          formatAxis={format.msAxis}
          height={168}
        />
        {present.length > 0 ? (
          <div className={styles['sensors']}>
            {present.map((sensor) => (
              <SensorChart key={sensor} sensor={sensor} seconds={seconds} times={times} common={common} />
            ))}
          </div>
        ) : null}
      </div>
    </Section>
  );
}

function SensorChart(props: {
  sensor: Sensor;
  seconds: readonly BenchSecond[];
  times: readonly number[];
  common: Pick<Parameters<typeof TimeChart>[0], 'range' | 'syncKey' | 'formatTime'>;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const { sensor, seconds } = props;
  const series = useMemo(() => [{ label: sensor, values: seconds.map((one) => one[sensor]) }], [sensor, seconds]);
  const write: Readonly<Record<Sensor, (value: number | null) => string>> = {
    clockMHz: format.clock,
    temperatureC: format.celsius,
    powerW: format.watts,
    calibrationMs: format.ms,
  };
  return (
    <TimeChart
      {...props.common}
      title={t(`bench.sensors.${sensor}`)}
      times={props.times}
      series={series}
      format={(value) => (value === null ? NO_VALUE : write[sensor](value))}
      formatAxis={write[sensor]}
      height={SENSOR_HEIGHT}
      isFloating
    />
  );
}
