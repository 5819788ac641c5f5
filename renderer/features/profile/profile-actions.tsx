// What can be done with a profile beyond reading it.
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { PATHS } from '../../lib/paths.ts';
import { useServices } from '../../lib/rpc-context.tsx';
import { IconButton } from '../../ui/button.tsx';
import { ConfirmDialog, type Question } from '../../ui/dialog.tsx';
import { DropMenu } from '../../ui/menu.tsx';
import { useToasts } from '../../ui/toast.tsx';

export function ProfileActions(props: { id: string; onRemoved: () => void }) {
  const { t } = useTranslation();
  const { client, api } = useServices();
  const queries = useQueryClient();
  const toasts = useToasts();
  const [, navigate] = useLocation();
  const [question, setQuestion] = useState<Question | null>(null);
  const askRemove = () =>
    setQuestion({
      title: t('profile.removeTitle'),
      consequence: t('profile.removeText'),
      action: t('profile.remove'),
      run: async () => {
        await client.profiles.remove({ id: props.id });
        void queries.invalidateQueries({ queryKey: api.profiles.key() });
        toasts.done(t('profile.removed'));
        props.onRemoved();
        navigate(PATHS.profiles);
      },
    });
  return (
    <>
      <DropMenu
        label={t('bench.more')}
        target={<IconButton icon="menu" label={t('bench.more')} />}
        entries={[{ id: 'remove', label: t('profile.remove'), isDestructive: true, run: askRemove }]}
      />
      <ConfirmDialog question={question} onClose={() => setQuestion(null)} />
    </>
  );
}
