// What the scenario states beyond latencies: the rate found, the deadlines missed, the samples per second.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { BenchResult, ScenarioOutcome } from '../../../shared/contract/bench-result.ts';
import { useFormat } from '../../lib/format.ts';
import { Figures } from '../../ui/facts.tsx';
import { Section } from '../../ui/page.tsx';
import { PointChart } from '../../ui/point-chart.tsx';
import { Tag } from '../../ui/status.tsx';
import styles from './benchmark.module.css';

type Of<K extends ScenarioOutcome['kind']> = Extract<ScenarioOutcome, { kind: K }>;

export function OutcomeSection(props: { result: BenchResult }) {
  const { t } = useTranslation();
  const { outcome, options } = props.result;
  if (outcome.kind === 'single-stream') return null;
  return (
    <Section title={t(`bench.scenarios.${outcome.kind}`)} aside={t(`bench.scenarioHints.${outcome.kind}`)}>
      {outcome.kind === 'server' ? <Server outcome={outcome} scenario={options.scenario} /> : null}
      {outcome.kind === 'camera' ? <Camera outcome={outcome} scenario={options.scenario} /> : null}
      {outcome.kind === 'offline' ? <Offline outcome={outcome} /> : null}
      {outcome.kind === 'multi-stream' ? <MultiStream outcome={outcome} scenario={options.scenario} /> : null}
    </Section>
  );
}

const TOP_OF_LIMIT = 2;

type Scenario = BenchResult['options']['scenario'];

function Server(props: { outcome: Of<'server'>; scenario: Scenario }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { outcome, scenario } = props;
  const limit = scenario.kind === 'server' ? scenario : null;
  // A queue that never ends would squash all else; what lies above is drawn at the top.
  const topMs = limit === null ? Number.POSITIVE_INFINITY : limit.limitMs * TOP_OF_LIMIT;
  const isCut = outcome.probes.some((probe) => (probe.percentileMs ?? 0) > topMs);
  const series = useMemo(() => {
    const pointsOf = (isMet: boolean) =>
      outcome.probes.flatMap(({ ratePerS, percentileMs, ...probe }) =>
        probe.isMet === isMet && percentileMs !== null ? [{ x: ratePerS, y: Math.min(percentileMs, topMs) }] : [],
      );
    return [
      { label: t('bench.met'), points: pointsOf(true) },
      { label: t('bench.missed'), points: pointsOf(false) },
    ];
  }, [outcome, topMs, t]);
  return (
    <>
      <Figures
        figures={[
          {
            label: t(outcome.isMet ? 'bench.highestRate' : 'bench.rateTried'),
            value: format.perS(outcome.ratePerS),
            note: <Tag tone={outcome.isMet ? 'ok' : 'bad'}>{t(outcome.isMet ? 'bench.met' : 'bench.missed')}</Tag>,
          },
          ...(limit
            ? [{ label: t('bench.limitOf', { percentile: limit.percentile }), value: format.ms(limit.limitMs) }]
            : []),
          { label: t('bench.ratesTried'), value: format.integer(outcome.probes.length) },
        ]}
      />
      {outcome.probes.length > 1 ? (
        <div className={styles['probes']}>
          <PointChart
            label={t('bench.probes')}
            series={series}
            formatX={format.perS}
            formatY={format.msAxis}
            {...(limit
              ? { limit: { y: limit.limitMs, label: t('bench.limitOf', { percentile: limit.percentile }) } }
              : {})}
          />
          {isCut ? <p className={styles['note']}>{t('bench.probesCut', { value: format.ms(topMs) })}</p> : null}
        </div>
      ) : null}
    </>
  );
}

function Camera(props: { outcome: Of<'camera'>; scenario: Scenario }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { outcome, scenario } = props;
  const after = outcome.missAfterMiss;
  return (
    <Figures
      figures={[
        {
          label: t('bench.misses', { deadline: format.ms(outcome.deadlineMs) }),
          value: format.percentFine(outcome.missShare),
          note: t('bench.missesOf', { misses: format.integer(outcome.misses), frames: format.integer(outcome.frames) }),
        },
        {
          label: t('bench.longestBurst'),
          value: t('bench.framesInRow', { count: outcome.longestBurst }),
          note: after === null ? null : t('bench.missAfterMiss', { share: format.percent(after) }),
        },
        { label: t('bench.utilization'), value: format.percent(outcome.utilization) },
        ...(scenario.kind === 'camera'
          ? [
              {
                label: t('bench.cameras'),
                value: t('bench.camerasAt', { count: scenario.cameras, rate: format.small(scenario.framesPerS) }),
              },
            ]
          : []),
      ]}
    />
  );
}

function Offline(props: { outcome: Of<'offline'> }) {
  const { t } = useTranslation();
  const format = useFormat();
  return <Figures figures={[{ label: t('bench.samplesPerS'), value: format.perS(props.outcome.samplesPerS) }]} />;
}

function MultiStream(props: { outcome: Of<'multi-stream'>; scenario: Scenario }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { outcome, scenario } = props;
  return (
    <Figures
      figures={[
        ...(scenario.kind === 'multi-stream'
          ? [{ label: t('bench.samplesPerQuery'), value: format.integer(scenario.samplesPerQuery) }]
          : []),
        { label: t('bench.callsPerQuery'), value: format.integer(outcome.callsPerQuery) },
      ]}
    />
  );
}
