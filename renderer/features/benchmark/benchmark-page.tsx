// Benchmarks: start one, watch it run, read its result, and go back to the past ones.
import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { BenchResult } from '../../../shared/contract/bench.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import { newestFirst } from '../../lib/newest.ts';
import { PATHS } from '../../lib/paths.ts';
import { useApi } from '../../lib/rpc-context.tsx';
import { Button } from '../../ui/button.tsx';
import { Page, Split } from '../../ui/page.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { BenchForm } from './bench-form.tsx';
import { BenchList } from './bench-list.tsx';
import { BenchProgress } from './bench-progress.tsx';
import { BenchReport } from './bench-report.tsx';

const NONE: readonly BenchResult[] = [];

/** @param props.id the result shown; @param props.modelRef the model that a new run is set up for */
export function BenchmarkPage(props: { id: string | null; modelRef: string | null }) {
  const { t } = useTranslation();
  const api = useApi();
  const [, navigate] = useLocation();
  const [startedJob, setStartedJob] = useState<string | null>(null);
  const models = useQuery(api.models.list.queryOptions());
  const results = useQuery(api.bench.list.queryOptions({ input: {} }));
  const jobs = useQuery(api.jobs.list.queryOptions({ enabled: startedJob === null }));
  const runningJob = jobs.data?.find((job) => job.kind === 'bench' && job.state === 'running')?.jobId ?? null;
  const jobId = startedJob ?? runningJob;
  const { refetch } = results;
  const all = results.data ?? NONE;
  const rows = useMemo(() => [...all].sort((a, b) => b.startedAtMs - a.startedAtMs), [all]);
  const refs = useMemo(() => newestFirst(models.data ?? []).map(formatRef), [models.data]);
  const isNew = props.modelRef !== null;
  const chosen = props.id ?? (isNew ? null : (rows[0]?.id ?? null));
  const onDone = useCallback(
    (id: string) => {
      setStartedJob(null);
      void refetch();
      navigate(PATHS.benchmark(id));
    },
    [navigate, refetch],
  );
  const open = useCallback((result: BenchResult) => navigate(PATHS.benchmark(result.id)), [navigate]);
  const shown = rows.find((result) => result.id === chosen);

  return (
    <Page title={t('nav.benchmarks')} sub={t('bench.sub')} isFixed>
      <Loaded query={models}>
        {() =>
          refs.length === 0 ? (
            <Empty
              icon="gauge"
              title={t('bench.noModel.title')}
              text={t('bench.noModel.text')}
              action={
                <Button kind="primary" onClick={() => navigate(`${PATHS.models}/import`)}>
                  {t('models.import')}
                </Button>
              }
            />
          ) : (
            <Split
              label={t('bench.result')}
              listWidth="420px"
              list={
                <>
                  <BenchForm
                    refs={refs}
                    modelRef={props.modelRef}
                    isRunning={jobId !== null}
                    onStarted={setStartedJob}
                  />
                  <BenchList results={rows} chosen={chosen} onOpen={open} />
                </>
              }
              detail={
                <>
                  {jobId === null ? null : (
                    <BenchProgress jobId={jobId} onDone={onDone} onClosed={() => setStartedJob(null)} />
                  )}
                  {shown ? (
                    <BenchReport key={shown.id} result={shown} onRemoved={() => void results.refetch()} />
                  ) : jobId === null ? (
                    <Empty
                      icon="gauge"
                      title={t(isNew ? 'bench.ready.title' : 'bench.empty.title')}
                      text={t(isNew ? 'bench.ready.text' : 'bench.empty.text')}
                    />
                  ) : null}
                </>
              }
            />
          )
        }
      </Loaded>
    </Page>
  );
}
