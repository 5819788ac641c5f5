// What can be done to a device: send test requests, probe, set up, roll back, remove.
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { DeviceView } from '../../../shared/contract/devices.ts';
import { useFormat } from '../../lib/format.ts';
import { PATHS } from '../../lib/paths.ts';
import { useApi, useServices } from '../../lib/rpc-context.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { ConfirmDialog, type Question } from '../../ui/dialog.tsx';
import { DropMenu } from '../../ui/menu.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { RemoveDeviceDialog } from './remove-device-dialog.tsx';
import { TestRequestsDialog } from './test-requests-dialog.tsx';

export function DeviceActions(props: { view: DeviceView; onJob: (jobId: string) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const api = useApi();
  const { client } = useServices();
  const toasts = useToasts();
  const [, navigate] = useLocation();
  const [question, setQuestion] = useState<Question | null>(null);
  const [isTesting, setTesting] = useState(false);
  const [isRemoving, setRemoving] = useState(false);
  const { view, onJob } = props;
  const { name } = view.device;
  const { status } = view;
  const onError = (error: unknown) => toasts.failed(error);
  const probe = useMutation(
    api.devices.probe.mutationOptions({
      onError,
      onSuccess: (facts) =>
        toasts.done(
          t('device.probed', { name }),
          t('device.probedDetail', {
            os: facts.os,
            free: format.bytes(facts.freeBytes),
            offset: format.duration(Math.abs(facts.clockOffsetMs)),
          }),
        ),
    }),
  );
  const setup = useMutation(api.devices.setup.mutationOptions({ onError, onSuccess: ({ jobId }) => onJob(jobId) }));
  const isOnline = view.connection === 'online';
  const isSetUp = view.agentVersion !== null;

  const askRollback = () => {
    if (!status?.serving || !status.previous) return;
    const from = `${status.serving.name}:${status.serving.version}`;
    const to = `${status.previous.name}:${status.previous.version}`;
    setQuestion({
      title: t('device.rollBackTitle', { name, to }),
      consequence: t('device.rollBackText', { from, to }),
      action: t('device.rollBack'),
      run: async () => {
        await client.rollouts.rollback({ name });
        toasts.done(t('device.rolledBack', { name, to }));
      },
    });
  };

  return (
    <>
      {isOnline ? (
        <>
          <Button icon="rollout" onClick={() => navigate(PATHS.newRolloutTo(name))}>
            {t('device.deploy')}
          </Button>
          <Button
            kind={status?.serving ? 'primary' : 'default'}
            isDisabled={!status?.serving}
            onClick={() => setTesting(true)}
          >
            {t('device.sendTests')}
          </Button>
        </>
      ) : null}
      <Button isBusy={probe.isPending} onClick={() => probe.mutate({ name })}>
        {t('device.probe')}
      </Button>
      <DropMenu
        label={t('device.more')}
        target={<IconButton icon="menu" label={t('device.more')} />}
        entries={[
          { id: 'setup', label: t(isSetUp ? 'device.setUpAgain' : 'device.setUp'), run: () => setup.mutate({ name }) },
          { id: 'rollback', label: t('device.rollBack'), isDisabled: !isOnline || !status?.previous, run: askRollback },
          { id: 'remove', label: t('device.remove'), isDestructive: true, run: () => setRemoving(true) },
        ]}
      />
      <ConfirmDialog question={question} onClose={() => setQuestion(null)} />
      {isTesting ? <TestRequestsDialog name={name} onClose={() => setTesting(false)} /> : null}
      {isRemoving ? <RemoveDeviceDialog view={view} onClose={() => setRemoving(false)} /> : null}
    </>
  );
}
