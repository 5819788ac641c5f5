// The start of a run: models, machines, scenario and duration; what else can be varied stands behind one switch.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asAppError } from '../../lib/errors.ts';
import { useFormat } from '../../lib/format.ts';
import { useMachines } from '../../lib/machines.ts';
import { useApi } from '../../lib/rpc-context.tsx';
import { Button } from '../../ui/button.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { NumberField, Segments } from '../../ui/fields.tsx';
import { MultiSelectField } from '../../ui/list-fields.tsx';
import { type BenchDraft, createDraft, DURATIONS, estimate, toStartBench } from './bench-draft.ts';
import styles from './bench-form.module.css';
import { MoreFields } from './more-fields.tsx';
import { ScenarioFields } from './scenario-fields.tsx';

/** Takes a patch of the draft. */
export type Change = (patch: Partial<BenchDraft>) => void;

export function BenchForm(props: {
  refs: readonly string[];
  modelRef: string | null;
  onStarted: (started: { readonly jobId: string; readonly runId: string }) => void;
}) {
  const { t } = useTranslation();
  const api = useApi();
  const queries = useQueryClient();
  const machines = useMachines();
  const [draft, setDraft] = useState(() => createDraft(props.modelRef ?? props.refs[0] ?? null));
  const change: Change = (patch) => setDraft((now) => ({ ...now, ...patch }));
  const input = toStartBench(draft);
  const start = useMutation(
    api.bench.start.mutationOptions({
      onSuccess: (started) => {
        void queries.invalidateQueries({ queryKey: api.bench.key() });
        void queries.invalidateQueries({ queryKey: api.jobs.key() });
        props.onStarted(started);
      },
    }),
  );
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (input !== null) start.mutate(input);
  };
  return (
    <form className={styles['form']} onSubmit={onSubmit} aria-label={t('bench.newRun')}>
      <div className={styles['pair']}>
        <MultiSelectField
          label={t('bench.models')}
          value={draft.modelRefs}
          onChange={(modelRefs) => change({ modelRefs })}
          choices={props.refs.map((ref) => ({ value: ref, label: ref }))}
          placeholder={t('bench.chooseModels')}
          nothingFound={t('common.noMatch')}
        />
        <MultiSelectField
          label={t('bench.machines')}
          value={draft.machines}
          onChange={(chosen) => change({ machines: chosen })}
          choices={machines.map((one) => ({
            value: one.value,
            label: one.isReady ? one.label : t('bench.notReady', { name: one.label }),
            isDisabled: !one.isReady,
          }))}
          placeholder={t('bench.chooseMachines')}
          nothingFound={t('common.noMatch')}
        />
      </div>
      <ScenarioFields draft={draft} onChange={change} />
      <div className={styles['block']}>
        <span className={styles['label']}>{t('bench.duration')}</span>
        <div className={styles['line']}>
          <Segments
            label={t('bench.duration')}
            value={draft.duration}
            onChange={(duration) => change({ duration })}
            choices={DURATIONS.map((one) => ({ value: one, label: t(`bench.durations.${one}`) }))}
          />
          {draft.duration === 'custom' ? (
            <div className={styles['short']}>
              <NumberField
                label={t('bench.seconds')}
                isLabelHidden
                value={draft.customS}
                onChange={(customS) => change({ customS })}
                min={1}
                max={86_400}
                unit="s"
                placeholder="30 s"
              />
            </div>
          ) : (
            <span className={styles['hint']}>{t(`bench.durationHints.${draft.duration}`)}</span>
          )}
        </div>
      </div>
      <MoreFields draft={draft} onChange={change} />
      {start.error ? <ErrorNote error={asAppError(start.error)} /> : null}
      <div className={styles['end']}>
        <Button kind="primary" icon="play" type="submit" isLarge isBusy={start.isPending} isDisabled={input === null}>
          {t('bench.start')}
        </Button>
        <Cost draft={draft} />
      </div>
    </form>
  );
}

/** "12 rows, about 4 min". */
function Cost(props: { draft: BenchDraft }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { rows, durationMs } = estimate(props.draft);
  if (rows === 0) return <span className={styles['hint']}>{t('bench.nothingChosen')}</span>;
  return (
    <span className={styles['cost']} role="status">
      {t('bench.cost', { count: rows, time: format.span(durationMs) })}
    </span>
  );
}
