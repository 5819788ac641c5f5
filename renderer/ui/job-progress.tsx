// Follows a job from its start to its result: the panel while it goes, its failure in plain words.
import { useMutation } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../lib/format.ts';
import { timeLeftMs } from '../lib/job-progress.ts';
import { useApi } from '../lib/rpc-context.tsx';
import { said } from '../lib/said.ts';
import { useJob } from '../lib/use-live.ts';
import { Button } from './button.tsx';
import { ErrorNote } from './error-note.tsx';
import styles from './job-panel.module.css';
import { JobPanel } from './job-panel.tsx';

export function JobProgress(props: {
  jobId: string;
  title: string;
  onDone: (resultId: string) => void;
  /** It was cancelled, or its failure was read. */
  onClosed: () => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const api = useApi();
  const { jobId, onDone, onClosed } = props;
  const cancel = useMutation(api.jobs.cancel.mutationOptions());
  const { value: job, failure } = useJob(jobId);
  const resultId = job?.state === 'succeeded' ? job.result : null;
  useEffect(() => {
    if (resultId !== null) onDone(resultId);
  }, [resultId, onDone]);
  const isCancelled = job?.state === 'cancelled';
  useEffect(() => {
    if (isCancelled) onClosed();
  }, [isCancelled, onClosed]);
  const error = job?.error ?? failure;
  if (error)
    return (
      <div className={styles['panel']}>
        <ErrorNote error={error} isPlain action={<Button onClick={onClosed}>{t('common.dismiss')}</Button>} />
      </div>
    );
  const leftMs = job ? timeLeftMs(job) : null;
  return (
    <JobPanel
      title={props.title}
      subject={job?.subject ?? ''}
      step={job ? said(t, job.progress.step) : t('bench.starting')}
      share={job?.progress.total ? job.progress.done / job.progress.total : null}
      left={leftMs === null ? '' : t('bench.timeLeft', { time: format.span(leftMs) })}
      error={null}
      isCancelling={cancel.isPending}
      onCancel={() => cancel.mutate({ jobId })}
    />
  );
}
