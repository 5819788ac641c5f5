// The home of the console: every device as a live row; search, filter, select and deploy.

import { useCallback, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { DeviceView } from '../../../shared/contract/devices.ts';
import { deviceAddress, deviceStatus } from '../../lib/device-status.ts';
import { useFormat } from '../../lib/format.ts';
import { PATHS } from '../../lib/paths.ts';
import { useFleet, useServices } from '../../lib/rpc-context.tsx';
import { Button } from '../../ui/button.tsx';
import { Chips, SearchField } from '../../ui/chips.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { useHotkeys } from '../../ui/hooks.ts';
import { Page } from '../../ui/page.tsx';
import { SparkLayer } from '../../ui/spark-layer.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { useSelection } from '../../ui/use-selection.ts';
import { AddDeviceDialog } from './add-device-dialog.tsx';
import { fleetColumns, TREND_COLUMN } from './fleet-columns.tsx';

const FILTERS = ['all', 'healthy', 'attention', 'offline'] as const;
type Filter = (typeof FILTERS)[number];

const deviceName = (view: DeviceView) => view.device.name;
const trendOf = (view: DeviceView) => view.cpuTrend;

export function FleetPage(props: { isAdding: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const services = useServices();
  const fleet = useFleet();
  const [, navigate] = useLocation();
  const [typed, setTyped] = useState('');
  const [filter, setFilter] = useState<Filter>('all');
  const search = useRef<HTMLInputElement>(null);
  useHotkeys([['/', () => search.current?.focus()]]);

  const labelOf = useCallback((name: string) => t('fleet.select', { name }), [t]);
  const selection = useSelection({ labelOf, labelAll: t('fleet.selectAll') });
  const columns = useMemo(() => fleetColumns(t, format), [t, format]);
  const open = useCallback((view: DeviceView) => navigate(PATHS.device(view.device.name)), [navigate]);
  const groups = useMemo(
    () => new Map(fleet.devices.map((view) => [view.device.name, deviceStatus(t, view).group])),
    [fleet.devices, t],
  );
  const rows = useMemo(
    () =>
      fleet.devices.filter(
        (view) =>
          (filter === 'all' || groups.get(view.device.name) === filter) &&
          isHit(view, typed, deviceAddress(t, view.device)),
      ),
    [fleet.devices, filter, groups, typed, t],
  );
  const chosen = fleet.devices.filter((view) => selection.keys.has(view.device.name)).map(deviceName);
  const choices = FILTERS.map((value) => ({
    value,
    label: t(`fleet.filters.${value}`),
    count: value === 'all' ? fleet.devices.length : [...groups.values()].filter((group) => group === value).length,
  }));
  const add = () => navigate(`${PATHS.fleet}/add`);

  return (
    <Page
      title={t('nav.fleet')}
      isFixed
      actions={
        <>
          {chosen.length > 0 ? (
            <Button kind="primary" icon="rollout" onClick={() => navigate(PATHS.newRolloutTo(chosen.join(',')))}>
              {t('fleet.deployTo', { count: chosen.length })}
            </Button>
          ) : null}
          <Button icon="plus" onClick={add} kind={fleet.devices.length === 0 ? 'primary' : 'default'}>
            {t('fleet.add')}
          </Button>
        </>
      }
      toolbar={
        fleet.devices.length > 0 ? (
          <>
            <SearchField ref={search} label={t('fleet.search')} value={typed} onChange={setTyped} />
            <Chips label={t('fleet.filter')} value={filter} choices={choices} onChange={setFilter} />
          </>
        ) : null
      }
    >
      {fleet.failure && !fleet.isLoaded ? (
        <Failed error={fleet.failure} onRetry={services.fleet.retry} />
      ) : !fleet.isLoaded ? (
        <Loading />
      ) : fleet.devices.length === 0 ? (
        <Empty
          icon="fleet"
          title={t('fleet.empty.title')}
          text={t('fleet.empty.text')}
          action={
            <>
              <Button kind="primary" icon="plus" onClick={add}>
                {t('fleet.add')}
              </Button>
              <Button onClick={() => navigate(PATHS.start)}>{t('fleet.empty.guide')}</Button>
            </>
          }
        />
      ) : rows.length === 0 ? (
        <Empty icon="search" title={t('common.noMatch')} text={t('fleet.noMatch')} />
      ) : (
        <DataTable
          label={t('nav.fleet')}
          columns={columns}
          rows={rows}
          rowKey={deviceName}
          onOpen={open}
          selection={selection}
          initialSort={{ id: 'name', isDescending: false }}
          rowHeight={44}
          isFilling
          minWidth={1120}
          overlay={(viewport) => <SparkLayer viewport={viewport} columnId={TREND_COLUMN} valuesOf={trendOf} />}
        />
      )}
      <AddDeviceDialog isOpen={props.isAdding} onClose={() => navigate(PATHS.fleet)} />
    </Page>
  );
}

/** Every word that was typed must be in the name, the address, a label or the served model. */
function isHit(view: DeviceView, typed: string, address: string): boolean {
  const words = typed
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return true;
  const { device, status } = view;
  const labels = Object.entries(device.labels).map(([key, value]) => `${key}=${value}`);
  const served = status?.serving
    ? `${status.serving.model.name}:${status.serving.model.version} ${status.serving.name}`
    : '';
  const text = `${device.name} ${address} ${labels.join(' ')} ${served}`.toLowerCase();
  return words.every((word) => text.includes(word));
}
