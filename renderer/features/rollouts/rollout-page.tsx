// The live report of one rollout: counts per state, a row per device with its step, its golden report and its failure; abort.
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { Rollout } from '../../../shared/contract/rollouts.ts';
import { useFormat } from '../../lib/format.ts';
import { PATHS } from '../../lib/paths.ts';
import { useServices } from '../../lib/rpc-context.tsx';
import { useRollout } from '../../lib/use-live.ts';
import { useNow } from '../../lib/use-now.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog, type Question } from '../../ui/dialog.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Page, Row } from '../../ui/page.tsx';
import { Failed, Loading } from '../../ui/states.tsx';
import { ShareBar, Status } from '../../ui/status.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { RolloutDevices } from './rollout-devices.tsx';
import { isEnded, ROLLOUT_TONES, rolloutSentence, rolloutShares } from './rollout-status.ts';
import styles from './rollouts.module.css';

export function RolloutPage(props: { id: string }) {
  const { t } = useTranslation();
  const { value: rollout, failure } = useRollout(props.id);
  if (!rollout) return <Page title={t('rollouts.one')}>{failure ? <Failed error={failure} /> : <Loading />}</Page>;
  return <Report rollout={rollout} />;
}

function Report(props: { rollout: Rollout }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [, navigate] = useLocation();
  const { rollout } = props;
  const ref = `${rollout.bundle.name}:${rollout.bundle.version}`;
  const openDevice = useCallback((name: string) => navigate(PATHS.device(name)), [navigate]);
  return (
    <Page
      title={
        <Row gap={14}>
          <span>{t('rollouts.titleOf', { ref })}</span>
          <span className={styles['state']}>
            <Status
              tone={ROLLOUT_TONES[rollout.state]}
              word={t(`rolloutState.${rollout.state}`)}
              isPulsing={!isEnded(rollout)}
            />
          </span>
        </Row>
      }
      sub={rolloutSentence(t, rollout)}
      isFixed
      actions={<ReportActions rollout={rollout} />}
    >
      <div className={styles['overview']}>
        <ShareBar label={t('rollouts.counts')} shares={rolloutShares(t, rollout)} />
        <Facts
          columns={3}
          facts={[
            { label: t('newRollout.selector'), value: rollout.selector },
            { label: t('newRollout.canary'), value: format.integer(rollout.canary) },
            { label: t('rollouts.started'), value: format.dateTime(rollout.startedAtMs) },
            { label: t('newRollout.soak'), value: format.duration(rollout.soakS * 1000) },
            { label: t('newRollout.maxFailed'), value: format.integer(rollout.maxFailed) },
            {
              label: t('rollouts.columns.took'),
              value:
                rollout.finishedAtMs === null ? (
                  <Elapsed sinceMs={rollout.startedAtMs} />
                ) : (
                  format.duration(rollout.finishedAtMs - rollout.startedAtMs)
                ),
            },
          ]}
        />
      </div>
      <RolloutDevices rollout={rollout} onOpenDevice={openDevice} />
    </Page>
  );
}

function Elapsed(props: { sinceMs: number }) {
  const format = useFormat();
  const now = useNow();
  return format.duration(Math.max(0, Math.floor((now - props.sinceMs) / 1000) * 1000));
}

function ReportActions(props: { rollout: Rollout }) {
  const { t } = useTranslation();
  const { client } = useServices();
  const toasts = useToasts();
  const [, navigate] = useLocation();
  const [question, setQuestion] = useState<Question | null>(null);
  const { rollout } = props;
  const ref = `${rollout.bundle.name}:${rollout.bundle.version}`;
  const missed = rollout.devices.filter(
    (device) => device.state === 'failed' || device.state === 'unreachable' || device.state === 'aborted',
  );
  const askAbort = () =>
    setQuestion({
      title: t('rollouts.abortTitle', { ref }),
      consequence: t('rollouts.abortText'),
      action: t('rollouts.abort'),
      run: async () => {
        await client.rollouts.abort({ rolloutId: rollout.id });
        toasts.done(t('rollouts.aborted', { ref }));
      },
    });
  return (
    <>
      {isEnded(rollout) && missed.length > 0 ? (
        <Button
          icon="rollout"
          onClick={() => navigate(PATHS.newRolloutTo(missed.map((device) => device.device).join(',')))}
        >
          {t('rollouts.again', { count: missed.length })}
        </Button>
      ) : null}
      {isEnded(rollout) ? (
        <Button onClick={() => navigate(PATHS.fleet)}>{t('rollouts.toFleet')}</Button>
      ) : (
        <Button kind="danger" isDisabled={rollout.state === 'aborting'} onClick={askAbort}>
          {t('rollouts.abort')}
        </Button>
      )}
      <ConfirmDialog question={question} onClose={() => setQuestion(null)} />
    </>
  );
}
