// A run as it goes: the row at work, how far the whole is, the time left, cancel; its failure in plain words.
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { BenchRun } from '../../../shared/contract/bench.ts';
import { useFormat } from '../../lib/format.ts';
import { timeLeftMs } from '../../lib/job-progress.ts';
import { useApi } from '../../lib/rpc-context.tsx';
import { said } from '../../lib/said.ts';
import { useJob } from '../../lib/use-live.ts';
import { JobPanel } from '../../ui/job-panel.tsx';
import { rowTitle, varyingSides } from './run-texts.ts';
import { jobFor } from './running-jobs.ts';

const REFRESH_MS = 2000;

export function BenchProgress(props: { run: BenchRun; onEnded: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const api = useApi();
  const { run, onEnded } = props;
  const jobs = useQuery(api.jobs.list.queryOptions({ refetchInterval: REFRESH_MS }));
  const jobId = jobFor(run.id, jobs.data ?? []);
  const { value: job, failure } = useJob(jobId);
  const cancel = useMutation(api.jobs.cancel.mutationOptions());
  const isEnded = job !== null && job.state !== 'running';
  useEffect(() => {
    if (isEnded) onEnded();
  }, [isEnded, onEnded]);
  const finished = run.rows.filter((row) => row.state === 'done' || row.state === 'failed').length;
  const sides = varyingSides(run);
  const current = run.rows.filter((row) => row.state === 'running').map((row) => rowTitle(t, row, sides));
  // Of several rows the backend names the one at work, which stands above already.
  const step = run.rows.length > 1 ? '' : said(t, job?.progress.step ?? '');
  const leftMs = job === null ? null : timeLeftMs(job);
  return (
    <JobPanel
      title={
        run.rows.length > 1
          ? t('bench.rowOf', { row: Math.min(finished + 1, run.rows.length), count: run.rows.length })
          : t('bench.running')
      }
      subject={current.join('; ')}
      step={job ? step : t('bench.starting')}
      share={job?.progress.total ? job.progress.done / job.progress.total : null}
      left={leftMs === null ? '' : t('bench.timeLeft', { time: format.span(leftMs) })}
      error={job?.error ?? failure}
      isCancelling={cancel.isPending}
      onCancel={jobId === null ? null : () => cancel.mutate({ jobId })}
    />
  );
}
