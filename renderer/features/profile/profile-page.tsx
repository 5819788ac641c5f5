// Profiles: choose one, or two to set side by side; make a new one; watch it being made.
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { ProfileSummary } from '../../../shared/contract/profiles.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import { asAppError } from '../../lib/errors.ts';
import { useFormat } from '../../lib/format.ts';
import { machineName } from '../../lib/machines.ts';
import { newestFirst } from '../../lib/newest.ts';
import { PATHS } from '../../lib/paths.ts';
import { useApi } from '../../lib/rpc-context.tsx';
import { Button } from '../../ui/button.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { SelectField } from '../../ui/fields.tsx';
import { JobProgress } from '../../ui/job-progress.tsx';
import { Page } from '../../ui/page.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { PairView } from './pair-view.tsx';
import styles from './profile.module.css';
import { ProfileActions } from './profile-actions.tsx';
import { ProfileForm } from './profile-form.tsx';
import { ProfileView } from './profile-view.tsx';
import { useProfiling } from './use-profiling.ts';

const NONE: readonly ProfileSummary[] = [];
/** Stands for "no other profile" in the list, which has no empty choice. */
const ALONE = '';

export function ProfilePage(props: {
  isNew: boolean;
  modelRef: string | null;
  id: string | null;
  otherId: string | null;
  /** Table where it names none. */
  view: string | null;
}) {
  const { t } = useTranslation();
  const api = useApi();
  const [, navigate] = useLocation();
  const models = useQuery(api.models.list.queryOptions());
  const profiles = useQuery(api.profiles.list.queryOptions());
  const profiling = useProfiling();
  const refs = useMemo(() => newestFirst(models.data ?? []).map(formatRef), [models.data]);
  const all = profiles.data ?? NONE;
  const chosen = props.isNew ? null : (props.id ?? all[0]?.id ?? null);
  const hasForm = profiling.jobId === null && (props.isNew || (profiles.data !== undefined && chosen === null));
  return (
    <Page
      title={t('nav.profile')}
      sub={t('profile.sub')}
      isFixed
      actions={
        hasForm || refs.length === 0 ? null : (
          <>
            {chosen === null ? null : <ProfileActions id={chosen} onRemoved={() => void profiles.refetch()} />}
            <Button kind="primary" icon="plus" onClick={() => navigate(PATHS.newProfiles)}>
              {t('profile.new')}
            </Button>
          </>
        )
      }
      toolbar={
        chosen !== null && profiling.jobId === null ? (
          <Choice profiles={all} id={chosen} otherId={props.otherId} />
        ) : null
      }
    >
      {profiling.error ? <ErrorNote error={asAppError(profiling.error)} /> : null}
      {profiling.jobId === null ? null : (
        <JobProgress
          key={profiling.jobId}
          jobId={profiling.jobId}
          title={t('profile.running')}
          onDone={profiling.onDone}
          onClosed={profiling.onClosed}
        />
      )}
      <Loaded query={models}>
        {() =>
          refs.length === 0 && all.length === 0 ? (
            <Empty
              icon="flame"
              title={t('profile.noModel.title')}
              text={t('profile.noModel.text')}
              action={
                <Button kind="primary" onClick={() => navigate(`${PATHS.models}/import`)}>
                  {t('models.import')}
                </Button>
              }
            />
          ) : hasForm ? (
            <ProfileForm
              refs={refs}
              modelRef={props.modelRef}
              isBusy={profiling.isStarting}
              onStart={profiling.start}
            />
          ) : chosen === null || profiling.jobId !== null ? null : props.otherId === null ? (
            <ProfileView key={chosen} id={chosen} view={props.view} />
          ) : (
            <PairView key={`${chosen} ${props.otherId}`} id={chosen} otherId={props.otherId} />
          )
        }
      </Loaded>
    </Page>
  );
}

/** Which profile is shown, and which one beside it. */
function Choice(props: { profiles: readonly ProfileSummary[]; id: string; otherId: string | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [, navigate] = useLocation();
  const { id, otherId } = props;
  const choices = props.profiles.map((one) => ({
    value: one.id,
    label: `${formatRef(one.model)} · ${machineName(t, one.machine)} · ${format.shortDateTime(one.startedAtMs)}`,
  }));
  return (
    <div className={styles['choice']}>
      <SelectField
        label={t('profile.shown')}
        isLabelHidden
        value={id}
        onChange={(next) => next !== null && navigate(PATHS.profile(next))}
        choices={choices}
      />
      <span className={styles['against']}>{t('profile.beside')}</span>
      <SelectField
        label={t('profile.beside')}
        isLabelHidden
        value={otherId ?? ALONE}
        onChange={(next) => navigate(next === null || next === ALONE ? PATHS.profile(id) : PATHS.profilePair(id, next))}
        choices={[{ value: ALONE, label: t('profile.noOther') }, ...choices.filter((one) => one.value !== id)]}
      />
    </div>
  );
}
