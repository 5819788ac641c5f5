// Removes a device from the inventory, and with a tick also Lineside from the device.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { DeviceView } from '../../../shared/contract/devices.ts';
import { PATHS } from '../../lib/paths.ts';
import { useServices } from '../../lib/rpc-context.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { CheckField } from '../../ui/fields.tsx';
import { useToasts } from '../../ui/toast.tsx';

export function RemoveDeviceDialog(props: { view: DeviceView; onClose: () => void }) {
  const { t } = useTranslation();
  const { client } = useServices();
  const toasts = useToasts();
  const [, navigate] = useLocation();
  const [isUninstalling, setUninstalling] = useState(false);
  const { view, onClose } = props;
  const { name, root } = view.device;
  return (
    <ConfirmDialog
      onClose={onClose}
      question={{
        title: t('device.removeTitle', { name }),
        consequence: isUninstalling ? t('device.removeAndUninstall', { name, root }) : t('device.removeOnly', { name }),
        action: t('device.remove'),
        extra: (
          <CheckField
            label={t('device.uninstall')}
            hint={t('device.uninstallHint', { root })}
            value={isUninstalling}
            onChange={setUninstalling}
          />
        ),
        run: async () => {
          await client.devices.remove({ name, uninstall: isUninstalling });
          toasts.done(t('device.removed', { name }));
          navigate(PATHS.fleet);
        },
      }}
    />
  );
}
