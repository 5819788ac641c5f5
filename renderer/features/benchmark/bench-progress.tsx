// A benchmark as it runs: step, time, cancel; its failure in plain words.
import { useMutation } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../lib/format.ts';
import { useApi } from '../../lib/rpc-context.tsx';
import { useJob } from '../../lib/use-live.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { ProgressBar } from '../../ui/meter.tsx';
import { Status } from '../../ui/status.tsx';
import styles from './benchmark.module.css';

export function BenchProgress(props: { jobId: string; onDone: (resultId: string) => void; onClosed: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const api = useApi();
  const cancel = useMutation(api.jobs.cancel.mutationOptions());
  const { value: job, failure } = useJob(props.jobId);
  const resultId = job?.state === 'succeeded' ? job.result : null;
  const { onDone, onClosed } = props;
  useEffect(() => {
    if (resultId !== null) onDone(resultId);
  }, [resultId, onDone]);
  const isCancelled = job?.state === 'cancelled';
  useEffect(() => {
    if (isCancelled) onClosed();
  }, [isCancelled, onClosed]);

  const error = job?.error ?? failure;
  if (error) {
    return (
      <div className={styles['progress']}>
        <ErrorNote error={error} isPlain action={<Button onClick={onClosed}>{t('common.dismiss')}</Button>} />
      </div>
    );
  }
  const { done = 0, total = null, unit = 'ms', step = t('bench.starting') } = job?.progress ?? {};
  const amount =
    total === null
      ? ''
      : unit === 'ms'
        ? `${format.duration(done)} / ${format.duration(total)}`
        : `${format.integer(done)} / ${format.integer(total)}`;
  return (
    <div className={styles['progress']} role="status">
      <div className={styles['progressHead']}>
        <Status tone="busy" word={t('bench.runningOn', { ref: job?.subject ?? '' })} isPulsing />
        <Button isBusy={cancel.isPending} onClick={() => cancel.mutate({ jobId: props.jobId })}>
          {t('common.cancel')}
        </Button>
      </div>
      <ProgressBar label={t('bench.running')} share={total ? done / total : null} />
      <div className={styles['progressFoot']}>
        <span>{step}</span>
        <span>{amount}</span>
      </div>
    </div>
  );
}
