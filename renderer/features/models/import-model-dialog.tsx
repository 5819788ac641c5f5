// Imports an ONNX file under a name.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { formatRef } from '../../../shared/domain/names.ts';
import { asAppError } from '../../lib/errors.ts';
import { PATHS } from '../../lib/paths.ts';
import { useApi } from '../../lib/rpc-context.tsx';
import { suggestName } from '../../lib/suggest-name.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog, DialogFooter } from '../../ui/dialog.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { TextField } from '../../ui/fields.tsx';
import { Stack } from '../../ui/page.tsx';
import { PathField } from '../../ui/path-field.tsx';
import { useToasts } from '../../ui/toast.tsx';

const ONNX_FILES = [{ name: 'ONNX', extensions: ['onnx'] }];

export function ImportModelDialog(props: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('models.importTitle')} isOpen={props.isOpen} onClose={props.onClose}>
      {props.isOpen ? <ImportModelForm onClose={props.onClose} /> : null}
    </Dialog>
  );
}

function ImportModelForm(props: { onClose: () => void }) {
  const { t } = useTranslation();
  const api = useApi();
  const queries = useQueryClient();
  const toasts = useToasts();
  const [, navigate] = useLocation();
  const [path, setPath] = useState('');
  const [name, setName] = useState('');
  const [version, setVersion] = useState('');
  const importModel = useMutation(
    api.models.import.mutationOptions({
      onSuccess: (model) => {
        void queries.invalidateQueries({ queryKey: api.models.key() });
        void queries.invalidateQueries({ queryKey: api.system.journey.key() });
        toasts.done(t('models.imported', { ref: formatRef(model) }));
        navigate(PATHS.model(formatRef(model)));
      },
    }),
  );
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    importModel.mutate({
      path: path.trim(),
      name: name.trim(),
      ...(version.trim() === '' ? {} : { version: version.trim() }),
    });
  };
  return (
    <form onSubmit={onSubmit}>
      <Stack>
        <PathField
          label={t('models.file')}
          hint={t('models.fileHint')}
          value={path}
          onChange={(next) => {
            setPath(next);
            if (name === '' || name === suggestName(path)) setName(suggestName(next));
          }}
          filters={ONNX_FILES}
          isRequired
          autoFocus
          placeholder={t('models.examples.file')}
        />
        <TextField
          label={t('models.name')}
          hint={t('models.nameHint')}
          value={name}
          onChange={setName}
          isRequired
          placeholder={t('models.examples.name')}
        />
        <TextField
          label={t('models.version')}
          hint={t('models.versionHint')}
          value={version}
          onChange={setVersion}
          placeholder="1"
        />
        {importModel.error ? <ErrorNote error={asAppError(importModel.error)} /> : null}
        <DialogFooter>
          <Button onClick={props.onClose}>{t('common.cancel')}</Button>
          <Button
            kind="primary"
            type="submit"
            isDisabled={path.trim() === '' || name.trim() === ''}
            isBusy={importModel.isPending}
          >
            {t('models.import')}
          </Button>
        </DialogFooter>
      </Stack>
    </form>
  );
}
