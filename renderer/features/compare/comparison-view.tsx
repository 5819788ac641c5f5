// One comparison: the answer first, the ratio around no difference, the blocks over time, and how it was measured.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { Candidate, Comparison } from '../../../shared/contract/compare.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import { useFormat } from '../../lib/format.ts';
import { machineName } from '../../lib/machines.ts';
import { PATHS } from '../../lib/paths.ts';
import { useApi, useServices } from '../../lib/rpc-context.tsx';
import { said } from '../../lib/said.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { ConfirmDialog, type Question } from '../../ui/dialog.tsx';
import { DropMenu } from '../../ui/menu.tsx';
import { Section } from '../../ui/page.tsx';
import { PointChart } from '../../ui/point-chart.tsx';
import { RatioPlot } from '../../ui/ratio-plot.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { ANSWER_TONES, answerSentence, intervalText, referenceName } from './answer-text.ts';
import { CandidateTable, MeasuredFacts } from './candidate-table.tsx';
import styles from './compare.module.css';
import { GateNote } from './gate-note.tsx';

export function ComparisonView(props: {
  comparison: Comparison;
  onRemoved: () => void;
  onStarted: (jobId: string) => void;
}) {
  const { t } = useTranslation();
  const { comparison } = props;
  return (
    <>
      <Head comparison={comparison} onRemoved={props.onRemoved} />
      {comparison.gate ? <GateNote comparison={comparison} gate={comparison.gate} /> : null}
      <ul className={styles['answers']} data-many={comparison.candidates.length > 1 || undefined}>
        {comparison.candidates.map((candidate) => (
          <li key={formatRef(candidate.model)}>
            <AnswerLine comparison={comparison} candidate={candidate} onStarted={props.onStarted} />
          </li>
        ))}
      </ul>
      {comparison.warnings.length > 0 ? (
        <ul className={styles['warnings']} aria-label={t('compare.warnings')}>
          {comparison.warnings.map((warning) => (
            <li key={warning}>{said(t, warning)}</li>
          ))}
        </ul>
      ) : null}
      <Section title={t('compare.ratio')} aside={t('compare.ratioNote')}>
        <Ratios comparison={comparison} />
      </Section>
      {comparison.candidates.length > 1 ? (
        <Section title={t('compare.candidates')} aside={t('compare.holmNote')} isFlush>
          <CandidateTable comparison={comparison} />
        </Section>
      ) : null}
      <Blocks comparison={comparison} />
      <Section title={t('bench.how')}>
        <MeasuredFacts comparison={comparison} />
      </Section>
    </>
  );
}

function Head(props: { comparison: Comparison; onRemoved: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { client } = useServices();
  const toasts = useToasts();
  const [, navigate] = useLocation();
  const [question, setQuestion] = useState<Question | null>(null);
  const { comparison } = props;
  const askRemove = () =>
    setQuestion({
      title: t('compare.removeTitle', { time: format.dateTime(comparison.startedAtMs) }),
      consequence: t('compare.removeText'),
      action: t('compare.remove'),
      run: async () => {
        await client.compare.remove({ id: comparison.id });
        toasts.done(t('compare.removed'));
        props.onRemoved();
        navigate(PATHS.compare);
      },
    });
  return (
    <div className={styles['head']}>
      <span className={styles['when']}>
        {t('compare.against', { a: referenceName(t, comparison) })} · {format.dateTime(comparison.startedAtMs)} ·{' '}
        {machineName(t, comparison.machine)}
      </span>
      <Button icon="flame" onClick={() => navigate(PATHS.profiles)}>
        {t('compare.toProfiles')}
      </Button>
      <DropMenu
        label={t('bench.more')}
        target={<IconButton icon="menu" label={t('bench.more')} />}
        entries={[{ id: 'remove', label: t('compare.remove'), isDestructive: true, run: askRemove }]}
      />
      <ConfirmDialog question={question} onClose={() => setQuestion(null)} />
    </div>
  );
}

/** The sentence, its interval, and what an answer still needs. */
function AnswerLine(props: { comparison: Comparison; candidate: Candidate; onStarted: (jobId: string) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { comparison, candidate } = props;
  const { moreTimeS } = candidate;
  const isOpen = candidate.answer === 'cannot tell';
  return (
    <div className={styles['answer']} data-tone={ANSWER_TONES[candidate.answer]}>
      <h2>{answerSentence(t, format, comparison, candidate)}</h2>
      <p>{intervalText(t, format, candidate.ratio)}</p>
      {isOpen ? (
        <p className={styles['open']}>
          {moreTimeS === null
            ? t('compare.noTimeHelps')
            : t('compare.needsTime', { time: format.span(moreTimeS * 1000) })}
          {moreTimeS !== null && comparison.gate === null ? (
            <MeasureLonger comparison={comparison} moreTimeS={moreTimeS} onStarted={props.onStarted} />
          ) : null}
        </p>
      ) : null}
    </div>
  );
}

function MeasureLonger(props: { comparison: Comparison; moreTimeS: number; onStarted: (jobId: string) => void }) {
  const { t } = useTranslation();
  const api = useApi();
  const queries = useQueryClient();
  const toasts = useToasts();
  const { comparison, moreTimeS } = props;
  const start = useMutation(
    api.compare.start.mutationOptions({
      onSuccess: ({ jobId }) => {
        void queries.invalidateQueries({ queryKey: api.jobs.key() });
        props.onStarted(jobId);
      },
      onError: (error) => toasts.failed(error),
    }),
  );
  const measuredS = (comparison.finishedAtMs - comparison.startedAtMs) / 1000;
  return (
    <Button
      icon="play"
      isBusy={start.isPending}
      onClick={() =>
        start.mutate({
          a: formatRef(comparison.a.model),
          candidates: comparison.candidates.map((one) => formatRef(one.model)),
          machine: comparison.machine.kind === 'local' ? 'local' : comparison.machine.name,
          threshold: comparison.threshold,
          durationS: Math.ceil(measuredS + moreTimeS),
          ...comparison.setup,
          dimensions: comparison.dimensions,
        })
      }
    >
      {t('compare.measureLonger')}
    </Button>
  );
}

function Ratios(props: { comparison: Comparison }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { comparison } = props;
  const { aa } = comparison;
  const textOf = (ratio: Candidate['ratio']) =>
    `${format.change(ratio.estimate - 1)} [${format.change(ratio.low - 1)}, ${format.change(ratio.high - 1)}]`;
  return (
    <RatioPlot
      label={t('compare.ratio')}
      rows={comparison.candidates.map((candidate) => ({
        label: formatRef(candidate.model),
        tone: ANSWER_TONES[candidate.answer],
        ...candidate.ratio,
        text: textOf(candidate.ratio),
      }))}
      noise={aa ? { label: t('compare.aa'), tone: 'idle', ...aa, text: textOf(aa) } : null}
      threshold={comparison.gate?.maxSlowdown ?? comparison.threshold}
      words={{
        faster: t('compare.answers.faster'),
        slower: t('compare.answers.slower'),
        band: t(comparison.gate ? 'compare.bandGate' : 'compare.band'),
      }}
      formatChange={format.change}
    />
  );
}

/** Every block at its time, so that drifts and bursts of noise can be seen. */
function Blocks(props: { comparison: Comparison }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { comparison } = props;
  const series = useMemo(() => {
    const names = [
      referenceName(t, comparison),
      t('compare.secondA'),
      ...comparison.candidates.map((one) => formatRef(one.model)),
    ];
    return names
      .map((label, arm) => ({
        label,
        points: comparison.blocks
          .filter((block) => block.arm === arm)
          .map((block) => ({ x: block.timeMs / 1000, y: block.medianMs })),
      }))
      .filter((one) => one.points.length > 0);
  }, [comparison, t]);
  return (
    <Section
      title={t('compare.blocks')}
      aside={t('compare.blocksNote', { processes: comparison.processes, count: comparison.blocksPerProcess })}
    >
      <PointChart
        label={t('compare.blocks')}
        series={series}
        formatX={format.sAxis}
        formatY={format.msAxis}
        isFloating
        height={200}
      />
    </Section>
  );
}
