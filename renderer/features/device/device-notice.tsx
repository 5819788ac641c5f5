// What stands between the user and a live device, with the way out: a password, a set-up, a look at the host key.
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DeviceView } from '../../../shared/contract/devices.ts';
import { asAppError } from '../../lib/errors.ts';
import { useApi } from '../../lib/rpc-context.tsx';
import { Button } from '../../ui/button.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { SecretField } from '../../ui/fields.tsx';
import styles from './device.module.css';

export function DeviceNotice(props: { view: DeviceView; onJob: (jobId: string) => void }) {
  const { t } = useTranslation();
  const api = useApi();
  const { view, onJob } = props;
  const setup = useMutation(api.devices.setup.mutationOptions({ onSuccess: ({ jobId }) => onJob(jobId) }));
  const outcome = view.status?.lastOutcome;
  if (view.connection === 'online') {
    const error = outcome && outcome.result !== 'committed' && outcome.result !== 'aborted' ? outcome.error : null;
    return error ? (
      <div className={styles['notice']}>
        <ErrorNote error={error} isPlain />
      </div>
    ) : null;
  }
  if (!view.problem) return null;
  return (
    <div className={styles['notice']}>
      <ErrorNote
        error={setup.error ? asAppError(setup.error) : view.problem}
        isPlain
        action={
          view.connection === 'agent-missing' ? (
            <Button kind="primary" isBusy={setup.isPending} onClick={() => setup.mutate({ name: view.device.name })}>
              {t('device.setUp')}
            </Button>
          ) : view.connection === 'locked' ? (
            <Unlock name={view.device.name} />
          ) : null
        }
      />
    </div>
  );
}

function Unlock(props: { name: string }) {
  const { t } = useTranslation();
  const api = useApi();
  const [password, setPassword] = useState('');
  const unlock = useMutation(api.devices.unlock.mutationOptions());
  return (
    <form
      className={styles['unlock']}
      onSubmit={(event) => {
        event.preventDefault();
        unlock.mutate({ name: props.name, password });
      }}
    >
      <SecretField
        label={t('addDevice.password')}
        value={password}
        onChange={setPassword}
        error={unlock.error ? asAppError(unlock.error).message : undefined}
      />
      <Button kind="primary" type="submit" isBusy={unlock.isPending} isDisabled={password === ''}>
        {t('device.unlock')}
      </Button>
    </form>
  );
}
