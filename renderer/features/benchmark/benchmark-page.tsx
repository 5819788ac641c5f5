// Benchmarks: the runs at the left; a new one, one under way, its table or a report at the right.
import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { BenchRun } from '../../../shared/contract/bench.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import { newestFirst } from '../../lib/newest.ts';
import { PATHS } from '../../lib/paths.ts';
import { useApi } from '../../lib/rpc-context.tsx';
import { Button } from '../../ui/button.tsx';
import { Page, Split } from '../../ui/page.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { BenchForm } from './bench-form.tsx';
import { RunList } from './run-list.tsx';
import { RunView } from './run-view.tsx';
import { rememberJob } from './running-jobs.ts';

const NONE: readonly BenchRun[] = [];
const REFRESH_MS = 2000;

/** @param props.isNew shows the start form, for `modelRef` where it is given; else the run, or one result of it */
export function BenchmarkPage(props: {
  isNew: boolean;
  modelRef: string | null;
  runId: string | null;
  resultId: string | null;
}) {
  const { t } = useTranslation();
  const api = useApi();
  const [, navigate] = useLocation();
  const models = useQuery(api.models.list.queryOptions());
  const runs = useQuery(
    api.bench.runs.queryOptions({
      refetchInterval: (query) => (query.state.data?.some((run) => run.state === 'running') ? REFRESH_MS : false),
    }),
  );
  const refs = useMemo(() => newestFirst(models.data ?? []).map(formatRef), [models.data]);
  const all = runs.data ?? NONE;
  const { refetch } = runs;
  const chosen = props.isNew ? null : (props.runId ?? all[0]?.id ?? null);
  const open = useCallback((run: BenchRun) => navigate(PATHS.benchmark(run.id)), [navigate]);
  const onRemoved = useCallback(() => void refetch(), [refetch]);
  const onStarted = useCallback(
    (started: { readonly jobId: string; readonly runId: string }) => {
      rememberJob(started.runId, started.jobId);
      navigate(PATHS.benchmark(started.runId));
    },
    [navigate],
  );
  const hasForm = refs.length > 0 && (props.isNew || (runs.data !== undefined && chosen === null));

  return (
    <Page
      title={t('nav.benchmarks')}
      sub={t('bench.sub')}
      isFixed
      actions={
        refs.length === 0 || hasForm ? null : (
          <Button kind="primary" icon="plus" onClick={() => navigate(PATHS.newBenchmarks)}>
            {t('bench.newRun')}
          </Button>
        )
      }
    >
      <Loaded query={models}>
        {() =>
          refs.length === 0 && all.length === 0 ? (
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
              listWidth={all.length === 0 ? '0px' : '280px'}
              list={all.length === 0 ? null : <RunList runs={all} chosen={chosen} onOpen={open} />}
              detail={
                hasForm ? (
                  <BenchForm refs={refs} modelRef={props.modelRef} onStarted={onStarted} />
                ) : chosen === null ? null : (
                  <RunView key={chosen} runId={chosen} resultId={props.resultId} onRemoved={onRemoved} />
                )
              }
            />
          )
        }
      </Loaded>
    </Page>
  );
}
