// The set-up of a device as it goes: present step, bytes or steps done, cancel; then how the agent was started.
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../../shared/contract/jobs.ts';
import { useFormat } from '../../lib/format.ts';
import { useApi } from '../../lib/rpc-context.tsx';
import { said } from '../../lib/said.ts';
import { useJob } from '../../lib/use-live.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { ProgressBar } from '../../ui/meter.tsx';
import { Status } from '../../ui/status.tsx';
import styles from './device.module.css';

/** @param jobId the job that this page started; without one, a running job of the device is looked up */
export function SetupProgress(props: { name: string; jobId: string | null }) {
  const api = useApi();
  const jobs = useQuery(api.jobs.list.queryOptions({ enabled: props.jobId === null }));
  const running = jobs.data?.find(
    (job) => job.kind === 'setup' && job.subject === props.name && job.state === 'running',
  );
  const { value: job } = useJob(props.jobId ?? running?.jobId ?? null);
  if (!job || job.subject !== props.name) return null;
  return (
    <div className={styles['notice']} role="status">
      {job.state === 'failed' && job.error ? <ErrorNote error={job.error} isPlain /> : <SetupLine job={job} />}
    </div>
  );
}

function SetupLine(props: { job: Job }) {
  const { t } = useTranslation();
  const format = useFormat();
  const api = useApi();
  const cancel = useMutation(api.jobs.cancel.mutationOptions());
  const { job } = props;
  const { progress } = job;
  if (job.state !== 'running') {
    const isDone = job.state === 'succeeded';
    return (
      <div className={styles['job']}>
        <Status tone={isDone ? 'ok' : 'idle'} word={t(isDone ? 'device.setUpDone' : 'device.setUpCancelled')} />
        <span>{job.result ?? ''}</span>
      </div>
    );
  }
  const amount =
    progress.unit === 'bytes'
      ? `${format.bytes(progress.done)} / ${format.bytes(progress.total)}`
      : progress.total === null
        ? ''
        : `${format.integer(progress.done)} / ${format.integer(progress.total)}`;
  return (
    <div className={styles['job']}>
      <span>{said(t, progress.step)}</span>
      <ProgressBar label={t('device.settingUp')} share={progress.total ? progress.done / progress.total : null} />
      <span>{amount}</span>
      <Button isBusy={cancel.isPending} onClick={() => cancel.mutate({ jobId: job.jobId })}>
        {t('common.cancel')}
      </Button>
    </div>
  );
}
