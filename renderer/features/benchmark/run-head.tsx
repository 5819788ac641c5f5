// The head of a run: what it measured, and what can be done with the whole of it.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { BenchRun } from '../../../shared/contract/bench.ts';
import { useFormat } from '../../lib/format.ts';
import { PATHS } from '../../lib/paths.ts';
import { useApi, useServices } from '../../lib/rpc-context.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { ConfirmDialog, type Question } from '../../ui/dialog.tsx';
import { DropMenu } from '../../ui/menu.tsx';
import { Status } from '../../ui/status.tsx';
import { useToasts } from '../../ui/toast.tsx';
import styles from './benchmark.module.css';
import { ExportMenu } from './export-menu.tsx';
import { runMachines, runTitle, setupText, varyingSides } from './run-texts.ts';
import { rememberJob } from './running-jobs.ts';

export function RunHead(props: { run: BenchRun; onRemoved: () => void; onChanged: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const api = useApi();
  const { client } = useServices();
  const queries = useQueryClient();
  const toasts = useToasts();
  const [, navigate] = useLocation();
  const [question, setQuestion] = useState<Question | null>(null);
  const { run } = props;
  const title = runTitle(t, run);
  const [first] = run.rows;
  const hasResults = run.rows.some((row) => row.resultId !== null);
  const resume = useMutation(
    api.bench.resume.mutationOptions({
      onSuccess: ({ jobId, runId }) => {
        rememberJob(runId, jobId);
        void queries.invalidateQueries({ queryKey: api.bench.key() });
        props.onChanged();
      },
      onError: (error) => toasts.failed(error),
    }),
  );
  const askRemove = () =>
    setQuestion({
      title: t('bench.removeRunTitle', { ref: title, time: format.dateTime(run.startedAtMs) }),
      consequence: t('bench.removeText'),
      action: t('bench.removeRun'),
      run: async () => {
        await client.bench.removeRun({ id: run.id });
        toasts.done(t('bench.removedRun', { ref: title }));
        props.onRemoved();
        navigate(PATHS.benchmarks);
      },
    });
  return (
    <div className={styles['head']}>
      <div className={styles['heading']}>
        <h2>{title}</h2>
        <span>
          {format.dateTime(run.startedAtMs)} · {runMachines(t, run)}
        </span>
        {first ? <span>{setupText(t, format, first.options, varyingSides(run))}</span> : null}
      </div>
      {run.state === 'interrupted' ? <Status tone="warn" word={t('bench.runStates.interrupted')} /> : null}
      {run.state === 'interrupted' ? (
        <Button kind="primary" icon="play" isBusy={resume.isPending} onClick={() => resume.mutate({ runId: run.id })}>
          {t('bench.goOn')}
        </Button>
      ) : null}
      {hasResults ? <ExportMenu id={run.id} name={title} /> : null}
      <DropMenu
        label={t('bench.more')}
        target={<IconButton icon="menu" label={t('bench.more')} />}
        entries={[
          {
            id: 'remove',
            label: t('bench.removeRun'),
            isDestructive: true,
            isDisabled: run.state === 'running',
            run: askRemove,
          },
        ]}
      />
      <ConfirmDialog question={question} onClose={() => setQuestion(null)} />
    </div>
  );
}
