// Packs a model into a signed bundle: name, golden vectors, tolerance, latency budget, key.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { formatRef } from '../../../shared/domain/names.ts';
import { asAppError } from '../../lib/errors.ts';
import { newestFirst } from '../../lib/newest.ts';
import { PATHS } from '../../lib/paths.ts';
import { useApi } from '../../lib/rpc-context.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog, DialogFooter } from '../../ui/dialog.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { NumberField, SelectField, TextField } from '../../ui/fields.tsx';
import { Stack } from '../../ui/page.tsx';
import { PathField } from '../../ui/path-field.tsx';
import { useToasts } from '../../ui/toast.tsx';
import styles from './bundles.module.css';

const GOLDEN_FILES = [{ name: 'NPZ', extensions: ['npz'] }];

const BLANK = {
  modelRef: null as string | null,
  name: '',
  version: '',
  goldenPath: '',
  goldenCases: null as number | null,
  toleranceAbsolute: null as number | null,
  toleranceRelative: null as number | null,
  latencyBudgetMs: null as number | null,
  probationS: null as number | null,
  keyName: null as string | null,
};

export function CreateBundleDialog(props: { isOpen: boolean; modelRef: string | null; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('createBundle.title')} isOpen={props.isOpen} onClose={props.onClose} width={600}>
      {props.isOpen ? <CreateBundleForm modelRef={props.modelRef} onClose={props.onClose} /> : null}
    </Dialog>
  );
}

function CreateBundleForm(props: { modelRef: string | null; onClose: () => void }) {
  const { t } = useTranslation();
  const api = useApi();
  const queries = useQueryClient();
  const toasts = useToasts();
  const [, navigate] = useLocation();
  const [form, setForm] = useState(BLANK);
  const set = (patch: Partial<typeof BLANK>) => setForm((now) => ({ ...now, ...patch }));
  const models = useQuery(api.models.list.queryOptions());
  const keys = useQuery(api.keys.list.queryOptions());
  const refs = newestFirst(models.data ?? []).map(formatRef);
  const modelRef = form.modelRef ?? props.modelRef ?? refs[0] ?? null;
  const [modelName = '', modelVersion = ''] = (modelRef ?? '').split(':');
  const keyName = form.keyName ?? keys.data?.[0]?.name ?? null;
  const create = useMutation(
    api.bundles.create.mutationOptions({
      onSuccess: (bundle) => {
        void queries.invalidateQueries({ queryKey: api.bundles.key() });
        void queries.invalidateQueries({ queryKey: api.system.journey.key() });
        toasts.done(t('createBundle.done', { ref: formatRef(bundle) }));
        navigate(PATHS.bundle(formatRef(bundle)));
      },
    }),
  );
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (modelRef === null) return;
    create.mutate({
      modelRef,
      name: form.name.trim() || modelName,
      version: form.version.trim() || modelVersion,
      ...(form.goldenPath.trim() === '' ? {} : { goldenPath: form.goldenPath.trim() }),
      ...(form.goldenCases === null ? {} : { goldenCases: form.goldenCases }),
      ...(form.toleranceAbsolute === null ? {} : { toleranceAbsolute: form.toleranceAbsolute }),
      ...(form.toleranceRelative === null ? {} : { toleranceRelative: form.toleranceRelative }),
      ...(form.latencyBudgetMs === null ? {} : { latencyBudgetMs: form.latencyBudgetMs }),
      ...(form.probationS === null ? {} : { probationS: form.probationS }),
      ...(keyName === null ? {} : { keyName }),
    });
  };
  const hasNoKey = keys.data?.length === 0;
  return (
    <form onSubmit={onSubmit}>
      <Stack gap={14}>
        <SelectField
          label={t('createBundle.model')}
          value={modelRef}
          onChange={(next) => set({ modelRef: next })}
          choices={refs.map((ref) => ({ value: ref, label: ref }))}
          isRequired
          autoFocus
          isSearchable
          nothingFound={t('common.noMatch')}
          placeholder={refs.length === 0 ? t('createBundle.noModel') : ''}
        />
        <div className={styles['two']}>
          <TextField
            label={t('createBundle.name')}
            value={form.name}
            onChange={(name) => set({ name })}
            placeholder={modelName}
          />
          <TextField
            label={t('createBundle.version')}
            value={form.version}
            onChange={(version) => set({ version })}
            placeholder={modelVersion}
          />
        </div>
        <PathField
          label={t('createBundle.golden')}
          hint={t('createBundle.goldenHint')}
          value={form.goldenPath}
          onChange={(goldenPath) => set({ goldenPath })}
          filters={GOLDEN_FILES}
          placeholder={t('createBundle.goldenPlaceholder')}
        />
        <div className={styles['three']}>
          <NumberField
            label={t('createBundle.cases')}
            value={form.goldenCases}
            onChange={(goldenCases) => set({ goldenCases })}
            min={1}
            max={1000}
            placeholder={t('bench.auto')}
            isDisabled={form.goldenPath.trim() !== ''}
          />
          <NumberField
            label={t('createBundle.absolute')}
            value={form.toleranceAbsolute}
            onChange={(toleranceAbsolute) => set({ toleranceAbsolute })}
            min={0}
            step={0.001}
            isFractional
            placeholder={t('bench.auto')}
          />
          <NumberField
            label={t('createBundle.relative')}
            value={form.toleranceRelative}
            onChange={(toleranceRelative) => set({ toleranceRelative })}
            min={0}
            step={0.001}
            isFractional
            placeholder={t('bench.auto')}
          />
          <NumberField
            label={t('createBundle.budget')}
            value={form.latencyBudgetMs}
            onChange={(latencyBudgetMs) => set({ latencyBudgetMs })}
            min={0}
            isFractional
            unit="ms"
            placeholder={t('createBundle.noBudget')}
          />
          <NumberField
            label={t('createBundle.probation')}
            value={form.probationS}
            onChange={(probationS) => set({ probationS })}
            min={0}
            isFractional
            unit="s"
            placeholder={t('bench.auto')}
          />
          <SelectField
            label={t('createBundle.key')}
            value={keyName}
            onChange={(next) => set({ keyName: next })}
            choices={(keys.data ?? []).map((key) => ({ value: key.name, label: key.name }))}
            placeholder={t('createBundle.noKey')}
            error={hasNoKey ? t('createBundle.makeKeyFirst') : undefined}
          />
        </div>
        {create.error ? <ErrorNote error={asAppError(create.error)} /> : null}
        <DialogFooter>
          <Button onClick={props.onClose}>{t('common.cancel')}</Button>
          <Button kind="primary" type="submit" isBusy={create.isPending} isDisabled={modelRef === null || hasNoKey}>
            {t('createBundle.submit')}
          </Button>
        </DialogFooter>
      </Stack>
    </form>
  );
}
