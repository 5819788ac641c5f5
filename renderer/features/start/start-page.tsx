// The first page: the main job in six steps, each with one button that does it and a mark when it is done.
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { doneSteps, JOURNEY_STEPS } from '../../lib/journey.ts';
import { useApi } from '../../lib/rpc-context.tsx';
import { Page } from '../../ui/page.tsx';
import { Loaded } from '../../ui/states.tsx';
import styles from './start.module.css';
import { StepCard } from './step-card.tsx';

const REFRESH_MS = 3000;

export function StartPage(): ReactNode {
  const { t } = useTranslation();
  const api = useApi();
  const journey = useQuery(api.system.journey.queryOptions({ refetchInterval: REFRESH_MS }));
  return (
    <Page title={t('start.title')} sub={t('start.sub')}>
      <Loaded query={journey}>
        {(data) => {
          const done = doneSteps(data);
          const next = JOURNEY_STEPS.find((step) => !done.has(step)) ?? null;
          return (
            <ol className={styles['steps']} aria-label={t('start.title')}>
              {JOURNEY_STEPS.map((step, index) => (
                <StepCard
                  key={step}
                  step={step}
                  number={index + 1}
                  journey={data}
                  isDone={done.has(step)}
                  isNext={next === step}
                />
              ))}
            </ol>
          );
        }}
      </Loaded>
    </Page>
  );
}
