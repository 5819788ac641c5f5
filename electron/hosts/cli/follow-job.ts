// Follows a job to its end: progress on stderr, Ctrl-C cancels the job, its failure is thrown.
import type { Job } from '../../../shared/contract/jobs.ts';
import { formatBytes, formatDuration } from '../../../shared/domain/quantities.ts';
import { AppError, isWireError } from '../../../shared/errors/app-error.ts';
import type { Session } from './session.ts';

/** The finished job's result. @throws the job's error; CANCELLED after Ctrl-C. */
export async function followJob({ client, terminal, signal }: Session, jobId: string, title: string): Promise<string> {
  const cancel = (): void => {
    // The stream below reports how the job ended; a failing cancel would show there too.
    client.jobs.cancel({ jobId }).catch(() => undefined);
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    for await (const job of await client.jobs.watch({ jobId })) {
      if (job.state === 'running')
        terminal.progress(job.progress.step === '' ? title : `${title}: ${job.progress.step}`, progressDetail(job));
      else return finished(job);
    }
  } finally {
    signal.removeEventListener('abort', cancel);
    terminal.settle();
  }
  throw new AppError('INTERNAL', `The job ${jobId} ended without a result.`);
}

function finished(job: Job): string {
  if (job.state === 'succeeded') return job.result ?? '';
  throw isWireError(job.error) ? AppError.fromWire(job.error) : new AppError('CANCELLED', 'The job was cancelled.');
}

function progressDetail({ progress: { done, total, unit } }: Job): string {
  if (total === null || total === 0) return '';
  const share = `${Math.min(100, Math.floor((done / total) * 100))} %`;
  if (unit === 'bytes') return `${formatBytes(done)} of ${formatBytes(total)}, ${share}`;
  if (unit === 'ms') return done < total ? `${share}, ${formatDuration(total - done)} left` : share;
  return `${done} of ${total}`;
}
