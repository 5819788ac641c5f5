// Comparisons: past ones at the left; a new one, one under way or an answer at the right.
import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { Comparison } from '../../../shared/contract/compare.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import { newestFirst } from '../../lib/newest.ts';
import { PATHS } from '../../lib/paths.ts';
import { useApi } from '../../lib/rpc-context.tsx';
import { Button } from '../../ui/button.tsx';
import { JobProgress } from '../../ui/job-progress.tsx';
import { Page, Split } from '../../ui/page.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { CompareForm } from './compare-form.tsx';
import { ComparisonList } from './comparison-list.tsx';
import { ComparisonView } from './comparison-view.tsx';

const NONE: readonly Comparison[] = [];

/** @param props.isNew shows the form, with `modelRef` as B where it is given; else the comparison `id`, or the newest */
export function ComparePage(props: { isNew: boolean; modelRef: string | null; id: string | null }) {
  const { t } = useTranslation();
  const api = useApi();
  const [, navigate] = useLocation();
  const [startedJob, setStartedJob] = useState<string | null>(null);
  const models = useQuery(api.models.list.queryOptions());
  const comparisons = useQuery(api.compare.list.queryOptions());
  const jobs = useQuery(api.jobs.list.queryOptions({ enabled: startedJob === null }));
  const runningJob = jobs.data?.find((job) => job.kind === 'compare' && job.state === 'running')?.jobId ?? null;
  const jobId = startedJob ?? runningJob;
  const refs = useMemo(() => newestFirst(models.data ?? []).map(formatRef), [models.data]);
  const all = comparisons.data ?? NONE;
  const { refetch } = comparisons;
  const chosen = props.isNew ? null : (props.id ?? all[0]?.id ?? null);
  const open = useCallback((one: Comparison) => navigate(PATHS.comparison(one.id)), [navigate]);
  const onDone = useCallback(
    (id: string) => {
      setStartedJob(null);
      void refetch();
      navigate(PATHS.comparison(id));
    },
    [navigate, refetch],
  );
  const hasForm = jobId === null && (props.isNew || (comparisons.data !== undefined && chosen === null));
  const shown = all.find((one) => one.id === chosen);

  return (
    <Page
      title={t('nav.compare')}
      sub={t('compare.sub')}
      isFixed
      actions={
        hasForm || refs.length === 0 || jobId !== null ? null : (
          <Button kind="primary" icon="plus" onClick={() => navigate(PATHS.newComparisons)}>
            {t('compare.new')}
          </Button>
        )
      }
    >
      <Loaded query={models}>
        {() =>
          refs.length === 0 && all.length === 0 ? (
            <Empty
              icon="compare"
              title={t('compare.noModel.title')}
              text={t('compare.noModel.text')}
              action={
                <Button kind="primary" onClick={() => navigate(`${PATHS.models}/import`)}>
                  {t('models.import')}
                </Button>
              }
            />
          ) : (
            <Split
              label={t('compare.answer')}
              listWidth={all.length === 0 ? '0px' : '280px'}
              list={all.length === 0 ? null : <ComparisonList comparisons={all} chosen={chosen} onOpen={open} />}
              detail={
                <>
                  {jobId === null ? null : (
                    <JobProgress
                      jobId={jobId}
                      title={t('compare.running')}
                      onDone={onDone}
                      onClosed={() => setStartedJob(null)}
                    />
                  )}
                  {hasForm ? (
                    <CompareForm refs={refs} modelRef={props.modelRef} onStarted={setStartedJob} />
                  ) : shown ? (
                    <ComparisonView
                      key={shown.id}
                      comparison={shown}
                      onRemoved={() => void refetch()}
                      onStarted={setStartedJob}
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
