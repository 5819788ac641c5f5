// Adds a device: its name, address and login; the first contact asks about the host key.
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { asAppError } from '../../lib/errors.ts';
import { parseLabels } from '../../lib/labels.ts';
import { PATHS } from '../../lib/paths.ts';
import { useApi } from '../../lib/rpc-context.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog, DialogFooter } from '../../ui/dialog.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { SecretField, Segments, TextField } from '../../ui/fields.tsx';
import { HostKeyQuestion } from '../../ui/host-key-question.tsx';
import { Stack } from '../../ui/page.tsx';
import { PathField } from '../../ui/path-field.tsx';
import { useToasts } from '../../ui/toast.tsx';

type Login = 'agent' | 'key' | 'password';

const BLANK = { name: '', address: '', login: 'agent' as Login, identityFile: '', password: '', labels: '' };

export function AddDeviceDialog(props: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('addDevice.title')} isOpen={props.isOpen} onClose={props.onClose}>
      {props.isOpen ? <AddDeviceForm onClose={props.onClose} /> : null}
    </Dialog>
  );
}

function AddDeviceForm(props: { onClose: () => void }) {
  const { t } = useTranslation();
  const api = useApi();
  const toasts = useToasts();
  const [, navigate] = useLocation();
  const [form, setForm] = useState(BLANK);
  const set = (patch: Partial<typeof BLANK>) => setForm((now) => ({ ...now, ...patch }));
  const add = useMutation(
    api.devices.add.mutationOptions({
      onSuccess: (view) => {
        toasts.done(t('addDevice.done', { name: view.device.name }));
        navigate(PATHS.device(view.device.name));
      },
    }),
  );
  const error = add.error ? asAppError(add.error) : null;
  const isKeyUnknown = error?.code === 'HOST_KEY_UNKNOWN';
  const fingerprint = typeof error?.details['fingerprint'] === 'string' ? error.details['fingerprint'] : null;
  const labels = parseLabels(form.labels);

  const submit = (acceptHostKey?: string) => {
    add.mutate({
      name: form.name.trim(),
      address: form.address.trim(),
      ...(form.login === 'key' && form.identityFile !== '' ? { identityFile: form.identityFile.trim() } : {}),
      ...(form.login === 'password' ? { usePassword: true, password: form.password } : {}),
      ...(acceptHostKey === undefined ? {} : { acceptHostKey }),
      ...(labels && Object.keys(labels).length > 0 ? { labels } : {}),
    });
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    submit();
  };
  const isComplete = form.name.trim() !== '' && form.address.trim() !== '' && labels !== null;

  return (
    <form onSubmit={onSubmit}>
      <Stack>
        <TextField
          label={t('addDevice.name')}
          hint={t('addDevice.nameHint')}
          value={form.name}
          onChange={(name) => set({ name })}
          placeholder={t('addDevice.examples.name')}
          isRequired
          autoFocus
        />
        <TextField
          label={t('addDevice.address')}
          hint={t('addDevice.addressHint')}
          value={form.address}
          onChange={(address) => set({ address })}
          placeholder={t('addDevice.examples.address')}
          isRequired
          isMono
        />
        <Segments
          label={t('addDevice.login')}
          value={form.login}
          onChange={(login) => set({ login })}
          choices={[
            { value: 'agent', label: t('addDevice.logins.agent') },
            { value: 'key', label: t('addDevice.logins.key') },
            { value: 'password', label: t('addDevice.logins.password') },
          ]}
        />
        {form.login === 'key' ? (
          <PathField
            label={t('addDevice.identityFile')}
            value={form.identityFile}
            onChange={(identityFile) => set({ identityFile })}
            filters={[]}
            placeholder={t('addDevice.examples.identityFile')}
          />
        ) : null}
        {form.login === 'password' ? (
          <SecretField
            label={t('addDevice.password')}
            hint={t('addDevice.passwordHint')}
            value={form.password}
            onChange={(password) => set({ password })}
          />
        ) : null}
        <TextField
          label={t('addDevice.labels')}
          hint={t('addDevice.labelsHint')}
          error={labels === null ? t('addDevice.labelsBad') : undefined}
          value={form.labels}
          onChange={(text) => set({ labels: text })}
          placeholder={t('addDevice.examples.labels')}
        />
        {isKeyUnknown && fingerprint !== null ? (
          <HostKeyQuestion
            address={form.address}
            fingerprint={fingerprint}
            isBusy={add.isPending}
            onAccept={() => submit(fingerprint)}
            onRefuse={() => add.reset()}
          />
        ) : error ? (
          <ErrorNote error={error} />
        ) : null}
        {isKeyUnknown ? null : (
          <DialogFooter>
            <Button onClick={props.onClose}>{t('common.cancel')}</Button>
            <Button kind="primary" type="submit" isDisabled={!isComplete} isBusy={add.isPending}>
              {t('addDevice.submit')}
            </Button>
          </DialogFooter>
        )}
      </Stack>
    </form>
  );
}
