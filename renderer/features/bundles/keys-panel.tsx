// The keys that sign bundles: who they are, and making a new one.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asAppError } from '../../lib/errors.ts';
import { useFormat } from '../../lib/format.ts';
import { useApi } from '../../lib/rpc-context.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog, DialogFooter } from '../../ui/dialog.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Digest, Dim } from '../../ui/facts.tsx';
import { TextField } from '../../ui/fields.tsx';
import { Section, Stack } from '../../ui/page.tsx';
import { Loaded } from '../../ui/states.tsx';
import { useToasts } from '../../ui/toast.tsx';
import styles from './bundles.module.css';

export function KeysPanel() {
  const { t } = useTranslation();
  const format = useFormat();
  const api = useApi();
  const keys = useQuery(api.keys.list.queryOptions());
  const [isMaking, setMaking] = useState(false);
  return (
    <div className={styles['keys']}>
      <Section
        title={t('keys.title')}
        aside={
          <Button icon="key" onClick={() => setMaking(true)}>
            {t('keys.make')}
          </Button>
        }
      >
        <Loaded query={keys}>
          {(list) =>
            list.length === 0 ? (
              <Dim>{t('keys.none')}</Dim>
            ) : (
              <ul className={styles['keyList']}>
                {list.map((key) => (
                  <li key={key.keyId} className={styles['key']}>
                    <strong style={{ fontWeight: 600 }}>{key.name}</strong>
                    <Digest value={key.keyId} length={16} />
                    <Dim>{format.dateTime(key.createdAtMs)}</Dim>
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      </Section>
      {isMaking ? <MakeKeyDialog isFirst={keys.data?.length === 0} onClose={() => setMaking(false)} /> : null}
    </div>
  );
}

function MakeKeyDialog(props: { isFirst: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const api = useApi();
  const queries = useQueryClient();
  const toasts = useToasts();
  const [name, setName] = useState(props.isFirst ? 'default' : '');
  const make = useMutation(
    api.keys.init.mutationOptions({
      onSuccess: (key) => {
        void queries.invalidateQueries({ queryKey: api.keys.key() });
        void queries.invalidateQueries({ queryKey: api.system.journey.key() });
        toasts.done(t('keys.made', { name: key.name }));
        props.onClose();
      },
    }),
  );
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate({ name: name.trim() });
  };
  return (
    <Dialog title={t('keys.makeTitle')} isOpen onClose={props.onClose} width={420}>
      <form onSubmit={onSubmit}>
        <Stack>
          <TextField
            label={t('keys.name')}
            hint={t('keys.hint')}
            value={name}
            onChange={setName}
            isRequired
            autoFocus
          />
          {make.error ? <ErrorNote error={asAppError(make.error)} /> : null}
          <DialogFooter>
            <Button onClick={props.onClose}>{t('common.cancel')}</Button>
            <Button kind="primary" type="submit" isBusy={make.isPending} isDisabled={name.trim() === ''}>
              {t('keys.make')}
            </Button>
          </DialogFooter>
        </Stack>
      </form>
    </Dialog>
  );
}
