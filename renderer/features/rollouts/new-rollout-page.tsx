// A new rollout: which bundle, to whom, how many canaries; what would happen stands above the button that does it.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { formatRef } from '../../../shared/domain/names.ts';
import { asAppError } from '../../lib/errors.ts';
import { PATHS } from '../../lib/paths.ts';
import { useApi, useFleet } from '../../lib/rpc-context.tsx';
import { Button } from '../../ui/button.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { NumberField, SelectField, TextField } from '../../ui/fields.tsx';
import { useDebouncedValue } from '../../ui/hooks.ts';
import { Page } from '../../ui/page.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { PlanTable } from './plan-table.tsx';
import styles from './rollouts.module.css';

const PLAN_DELAY_MS = 400;

export function NewRolloutPage(props: { bundleRef: string | null; selector: string | null }) {
  const { t } = useTranslation();
  const api = useApi();
  const fleet = useFleet();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const bundles = useQuery(api.bundles.list.queryOptions());
  const [picked, setPicked] = useState<string | null>(props.bundleRef);
  const [selector, setSelector] = useState(props.selector ?? 'all');
  const [canary, setCanary] = useState<number | null>(null);
  const [soakS, setSoakS] = useState<number | null>(null);
  const [maxFailed, setMaxFailed] = useState<number | null>(null);
  const refs = [...(bundles.data ?? [])].sort((a, b) => b.createdAtMs - a.createdAtMs).map(formatRef);
  const bundleRef = picked ?? refs[0] ?? null;
  const input = { bundleRef: bundleRef ?? '', selector: selector.trim(), ...(canary === null ? {} : { canary }) };
  const [settled] = useDebouncedValue(JSON.stringify(input), PLAN_DELAY_MS);
  const isSettled = settled === JSON.stringify(input);
  const canPlan = bundleRef !== null && input.selector !== '' && isSettled;
  const plan = useQuery(
    api.rollouts.plan.queryOptions({ input, enabled: canPlan, retry: false, staleTime: 0, gcTime: 0 }),
  );
  const included = plan.data?.devices.filter((device) => device.isIncluded).length ?? 0;
  const start = useMutation(
    api.rollouts.start.mutationOptions({
      onSuccess: ({ rolloutId }) => {
        void queries.invalidateQueries({ queryKey: api.rollouts.list.key() });
        void queries.invalidateQueries({ queryKey: api.system.journey.key() });
        navigate(PATHS.rollout(rolloutId));
      },
    }),
  );
  const submit = () =>
    start.mutate({ ...input, ...(soakS === null ? {} : { soakS }), ...(maxFailed === null ? {} : { maxFailed }) });

  if (bundles.data?.length === 0) {
    return (
      <Page title={t('rollouts.new')}>
        <Empty
          icon="bundle"
          title={t('newRollout.noBundle.title')}
          text={t('newRollout.noBundle.text')}
          action={
            <Button kind="primary" onClick={() => navigate(`${PATHS.bundles}/new`)}>
              {t('bundles.create')}
            </Button>
          }
        />
      </Page>
    );
  }
  return (
    <Page title={t('rollouts.new')} sub={t('newRollout.sub')} isFixed>
      <div className={styles['choices']}>
        <SelectField
          label={t('newRollout.bundle')}
          value={bundleRef}
          onChange={setPicked}
          choices={refs.map((ref) => ({ value: ref, label: ref }))}
          isSearchable
          nothingFound={t('common.noMatch')}
        />
        <TextField
          label={t('newRollout.selector')}
          hint={t('newRollout.selectorHint')}
          value={selector}
          onChange={setSelector}
          isMono
        />
        <NumberField
          label={t('newRollout.canary')}
          hint={t('newRollout.canaryHint')}
          value={canary}
          onChange={setCanary}
          min={0}
          max={fleet.devices.length}
          placeholder={fleet.devices.length > 1 ? '1' : '0'}
        />
        <NumberField
          label={t('newRollout.soak')}
          hint={t('newRollout.soakHint')}
          value={soakS}
          onChange={setSoakS}
          min={0}
          unit="s"
          placeholder="5 s"
          isFractional
        />
        <NumberField
          label={t('newRollout.maxFailed')}
          hint={t('newRollout.maxFailedHint')}
          value={maxFailed}
          onChange={setMaxFailed}
          min={0}
          placeholder="0"
        />
      </div>
      <div className={styles['plan']}>
        {plan.error && canPlan ? (
          <Failed error={plan.error} onRetry={() => void plan.refetch()} />
        ) : plan.data && canPlan ? (
          <PlanTable plan={plan.data} />
        ) : (
          <Loading label={t('newRollout.planning')} />
        )}
      </div>
      <div className={styles['foot']}>
        {start.error ? (
          <ErrorNote error={asAppError(start.error)} isPlain />
        ) : (
          <span className={styles['promise']}>{t('newRollout.promise')}</span>
        )}
        <Button onClick={() => navigate(PATHS.rollouts)}>{t('common.cancel')}</Button>
        <Button
          kind="primary"
          icon="rollout"
          isBusy={start.isPending}
          isDisabled={included === 0 || !canPlan || plan.isFetching}
          onClick={submit}
        >
          {t('newRollout.start', { count: included })}
        </Button>
      </div>
    </Page>
  );
}
