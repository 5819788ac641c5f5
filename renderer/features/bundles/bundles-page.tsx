// Signed bundles: the list, the details of the chosen one, the keys that sign them.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { BundleSummary } from '../../../shared/contract/bundles.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import { type Format, NO_VALUE, useFormat } from '../../lib/format.ts';
import { PATHS } from '../../lib/paths.ts';
import { useApi, useServices } from '../../lib/rpc-context.tsx';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Page, Split } from '../../ui/page.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import type { Column } from '../../ui/table-model.ts';
import { useToasts } from '../../ui/toast.tsx';
import { TwoLines } from '../../ui/two-lines.tsx';
import { BundleCard } from './bundle-card.tsx';
import styles from './bundles.module.css';
import { CreateBundleDialog } from './create-bundle-dialog.tsx';
import { KeysPanel } from './keys-panel.tsx';

const NONE: readonly BundleSummary[] = [];
const BUNDLE_FILES = [{ name: 'OCI layout', extensions: ['tar'] }];

export function BundlesPage(props: { bundleRef: string | null; isCreating: boolean; modelRef: string | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const api = useApi();
  const [, navigate] = useLocation();
  const bundles = useQuery(api.bundles.list.queryOptions());
  const all = bundles.data ?? NONE;
  const rows = useMemo(() => [...all].sort((a, b) => b.createdAtMs - a.createdAtMs), [all]);
  const columns = useMemo(() => bundleColumns(t, format), [t, format]);
  const open = useCallback((bundle: BundleSummary) => navigate(PATHS.bundle(formatRef(bundle))), [navigate]);
  const chosen = props.bundleRef ?? (rows[0] ? formatRef(rows[0]) : null);
  const create = () => navigate(`${PATHS.bundles}/new`);

  return (
    <Page
      title={t('nav.bundles')}
      sub={t('bundles.sub')}
      isFixed
      actions={
        <>
          <ImportButton />
          <Button kind="primary" icon="plus" onClick={create}>
            {t('bundles.create')}
          </Button>
        </>
      }
    >
      <Loaded query={bundles}>
        {() =>
          rows.length === 0 ? (
            <>
              <Empty
                icon="bundle"
                title={t('bundles.empty.title')}
                text={t('bundles.empty.text')}
                action={
                  <Button kind="primary" icon="plus" onClick={create}>
                    {t('bundles.create')}
                  </Button>
                }
              />
              <KeysPanel />
            </>
          ) : (
            <Split
              label={t('bundles.details')}
              listWidth="minmax(0, 1.15fr)"
              list={
                <>
                  <div className={styles['table']}>
                    <DataTable
                      label={t('nav.bundles')}
                      columns={columns}
                      rows={rows}
                      rowKey={formatRef}
                      onOpen={open}
                      openKey={chosen}
                      rowHeight={44}
                      isFilling
                    />
                  </div>
                  <KeysPanel />
                </>
              }
              detail={chosen === null ? null : <BundleCard key={chosen} bundleRef={chosen} />}
            />
          )
        }
      </Loaded>
      <CreateBundleDialog isOpen={props.isCreating} modelRef={props.modelRef} onClose={() => navigate(PATHS.bundles)} />
    </Page>
  );
}

function ImportButton() {
  const { t } = useTranslation();
  const api = useApi();
  const { host } = useServices();
  const queries = useQueryClient();
  const toasts = useToasts();
  const [, navigate] = useLocation();
  const importBundle = useMutation(
    api.bundles.import.mutationOptions({
      onError: (error) => toasts.failed(error),
      onSuccess: (bundle) => {
        void queries.invalidateQueries({ queryKey: api.bundles.key() });
        toasts.done(t('bundles.imported', { ref: formatRef(bundle) }));
        navigate(PATHS.bundle(formatRef(bundle)));
      },
    }),
  );
  const pick = async () => {
    try {
      const path = await host.pickFile(BUNDLE_FILES);
      if (path !== null) importBundle.mutate({ path });
    } catch (error) {
      toasts.failed(error);
    }
  };
  return (
    <Button isBusy={importBundle.isPending} onClick={() => void pick()}>
      {t('bundles.import')}
    </Button>
  );
}

function bundleColumns(t: TFunction, format: Format): ReadonlyArray<Column<BundleSummary>> {
  return [
    {
      id: 'name',
      header: t('bundles.columns.bundle'),
      width: 'minmax(140px, 1.3fr)',
      sort: formatRef,
      cell: (bundle) => <TwoLines first={formatRef(bundle)} second={format.dateTime(bundle.createdAtMs)} isStrong />,
    },
    {
      id: 'model',
      header: t('bundles.columns.model'),
      width: 'minmax(110px, 1fr)',
      sort: (bundle) => formatRef(bundle.model),
      cell: (bundle) => formatRef(bundle.model),
    },
    {
      id: 'golden',
      header: t('bundles.columns.golden'),
      width: '64px',
      align: 'end',
      sort: (bundle) => bundle.goldenCases,
      cell: (bundle) => format.integer(bundle.goldenCases),
    },
    {
      id: 'budget',
      header: t('bundles.columns.budget'),
      width: '76px',
      align: 'end',
      sort: (bundle) => bundle.latencyBudgetMs,
      cell: (bundle) => (bundle.latencyBudgetMs === null ? NO_VALUE : format.msExact(bundle.latencyBudgetMs)),
    },
    {
      id: 'size',
      header: t('bundles.columns.size'),
      width: '76px',
      align: 'end',
      sort: (bundle) => bundle.sizeBytes,
      cell: (bundle) => format.bytes(bundle.sizeBytes),
    },
  ];
}
