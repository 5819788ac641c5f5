// The model registry: a table of what is there, the inspector of the one that is chosen.

import { useQuery } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { ModelSummary } from '../../../shared/contract/models.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import { type Format, useFormat } from '../../lib/format.ts';
import { PATHS } from '../../lib/paths.ts';
import { useApi } from '../../lib/rpc-context.tsx';
import { Button } from '../../ui/button.tsx';
import { SearchField } from '../../ui/chips.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Page, Split } from '../../ui/page.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import type { Column } from '../../ui/table-model.ts';
import { TwoLines } from '../../ui/two-lines.tsx';
import { ImportModelDialog } from './import-model-dialog.tsx';
import { ModelInspector } from './model-inspector.tsx';
import { shapeText } from './shape-text.ts';

const NO_MODELS: readonly ModelSummary[] = [];
/** What stands in the address instead of a reference while a model is being imported. */
const IMPORTING = 'import';

export function ModelsPage(props: { modelRef: string | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const api = useApi();
  const [, navigate] = useLocation();
  const [typed, setTyped] = useState('');
  const models = useQuery(api.models.list.queryOptions());
  const columns = useMemo(() => modelColumns(t, format), [t, format]);
  const open = useCallback((model: ModelSummary) => navigate(PATHS.model(formatRef(model))), [navigate]);
  const all = models.data ?? NO_MODELS;
  const rows = useMemo(
    () => all.filter((model) => formatRef(model).includes(typed.trim().toLowerCase())),
    [all, typed],
  );
  const startImport = () => navigate(PATHS.model(IMPORTING));
  const isImporting = props.modelRef === IMPORTING;
  const chosen = isImporting ? null : (props.modelRef ?? (rows[0] ? formatRef(rows[0]) : null));

  return (
    <Page
      title={t('nav.models')}
      sub={all.length > 0 ? t('models.count', { count: all.length }) : undefined}
      isFixed
      actions={
        <Button icon="plus" kind="primary" onClick={startImport}>
          {t('models.import')}
        </Button>
      }
      toolbar={all.length > 0 ? <SearchField label={t('models.search')} value={typed} onChange={setTyped} /> : null}
    >
      <Loaded query={models}>
        {() =>
          all.length === 0 ? (
            <Empty
              icon="model"
              title={t('models.empty.title')}
              text={t('models.empty.text')}
              action={
                <Button kind="primary" icon="plus" onClick={startImport}>
                  {t('models.import')}
                </Button>
              }
            />
          ) : (
            <Split
              label={t('models.inspector')}
              listWidth="minmax(0, 1.15fr)"
              list={
                rows.length === 0 ? (
                  <Empty icon="search" title={t('common.noMatch')} text={t('models.noMatch')} />
                ) : (
                  <DataTable
                    label={t('nav.models')}
                    columns={columns}
                    rows={rows}
                    rowKey={formatRef}
                    onOpen={open}
                    openKey={chosen}
                    initialSort={{ id: 'name', isDescending: false }}
                    rowHeight={44}
                    isFilling
                  />
                )
              }
              detail={chosen === null ? null : <ModelInspector key={chosen} modelRef={chosen} />}
            />
          )
        }
      </Loaded>
      <ImportModelDialog isOpen={isImporting} onClose={() => navigate(PATHS.models)} />
    </Page>
  );
}

function modelColumns(t: TFunction, format: Format): ReadonlyArray<Column<ModelSummary>> {
  return [
    {
      id: 'name',
      header: t('models.columns.model'),
      width: 'minmax(150px, 1.4fr)',
      sort: formatRef,
      cell: (model) => <TwoLines first={formatRef(model)} second={format.dateTime(model.importedAtMs)} isStrong />,
    },
    {
      id: 'inputs',
      header: t('models.columns.input'),
      width: 'minmax(120px, 1fr)',
      cell: (model) => {
        const first = model.inputs[0];
        return first ? <TwoLines first={shapeText(first.shape)} second={`${first.type} · ${first.name}`} /> : null;
      },
    },
    {
      id: 'opset',
      header: t('models.columns.opset'),
      width: '58px',
      align: 'end',
      sort: (model) => mainOpset(model),
      cell: (model) => format.integer(mainOpset(model)),
    },
    {
      id: 'parameters',
      header: t('models.columns.parameters'),
      width: '84px',
      align: 'end',
      sort: (model) => model.parameterCount,
      cell: (model) => format.compact(model.parameterCount),
    },
    {
      id: 'size',
      header: t('models.columns.size'),
      width: '76px',
      align: 'end',
      sort: (model) => model.sizeBytes,
      cell: (model) => format.bytes(model.sizeBytes),
    },
  ];
}

/** Version of the ONNX domain, which the file writes as the empty string. */
function mainOpset(model: ModelSummary): number | null {
  return model.opsets.find((opset) => opset.domain === '' || opset.domain === 'ai.onnx')?.version ?? null;
}
