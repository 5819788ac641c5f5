// What can be done with a bundle: roll out, verify, export, remove.
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { useFormat } from '../../lib/format.ts';
import { PATHS } from '../../lib/paths.ts';
import { useApi, useServices } from '../../lib/rpc-context.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { ConfirmDialog, type Question } from '../../ui/dialog.tsx';
import { DropMenu } from '../../ui/menu.tsx';
import { useToasts } from '../../ui/toast.tsx';

export function BundleActions(props: { bundleRef: string; isVerifying: boolean; onVerify: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const api = useApi();
  const { client, host } = useServices();
  const queries = useQueryClient();
  const toasts = useToasts();
  const [, navigate] = useLocation();
  const [question, setQuestion] = useState<Question | null>(null);
  const { bundleRef } = props;

  const exportBundle = async () => {
    try {
      const target = await host.pickSavePath(`${bundleRef.replace(':', '-')}.tar`);
      if (target === null) return;
      const { path, sizeBytes } = await client.bundles.export({ ref: bundleRef, path: target.path });
      await target.finish();
      toasts.done(t('bundles.exported', { ref: bundleRef }), `${format.bytes(sizeBytes)} · ${path}`);
    } catch (error) {
      toasts.failed(error);
    }
  };
  const askRemove = () =>
    setQuestion({
      title: t('bundles.removeTitle', { ref: bundleRef }),
      consequence: t('bundles.removeText', { ref: bundleRef }),
      action: t('bundles.remove'),
      run: async () => {
        const { freedBytes } = await client.bundles.remove({ ref: bundleRef });
        void queries.invalidateQueries({ queryKey: api.bundles.key() });
        toasts.done(t('bundles.removed', { ref: bundleRef }), t('common.freed', { size: format.bytes(freedBytes) }));
        navigate(PATHS.bundles);
      },
    });
  return (
    <>
      <Button kind="primary" icon="rollout" onClick={() => navigate(PATHS.newRolloutOf(bundleRef))}>
        {t('bundles.rollOut')}
      </Button>
      <Button icon="check" isBusy={props.isVerifying} onClick={props.onVerify}>
        {t('bundles.verify')}
      </Button>
      <DropMenu
        label={t('bundles.more')}
        target={<IconButton icon="menu" label={t('bundles.more')} />}
        entries={[
          { id: 'export', label: t('bundles.export'), run: () => void exportBundle() },
          { id: 'remove', label: t('bundles.remove'), isDestructive: true, run: askRemove },
        ]}
      />
      <ConfirmDialog question={question} onClose={() => setQuestion(null)} />
    </>
  );
}
