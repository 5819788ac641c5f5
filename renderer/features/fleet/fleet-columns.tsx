// The columns of the fleet table.
import type { TFunction } from 'i18next';
import type { DeviceView } from '../../../shared/contract/devices.ts';
import { deviceAddress, deviceStatus, gpuShare, memoryShare } from '../../lib/device-status.ts';
import { type Format, NO_VALUE } from '../../lib/format.ts';
import { Dim } from '../../ui/facts.tsx';
import { Meter } from '../../ui/meter.tsx';
import { Status, Tag } from '../../ui/status.tsx';
import type { Column } from '../../ui/table-model.ts';
import { TwoLines } from '../../ui/two-lines.tsx';
import { LastSeen } from './last-seen.tsx';

export const TREND_COLUMN = 'trend';

/** @returns columns that keep their identity as long as the language does */
export function fleetColumns(t: TFunction, format: Format): ReadonlyArray<Column<DeviceView>> {
  const live = (view: DeviceView) => (view.connection === 'online' ? view.sample : null);
  return [
    {
      id: 'name',
      header: t('fleet.columns.device'),
      width: 'minmax(150px, 1.25fr)',
      sort: (view) => view.device.name,
      cell: (view) => <TwoLines first={view.device.name} second={deviceAddress(t, view.device)} isStrong />,
    },
    {
      id: 'status',
      header: t('fleet.columns.status'),
      width: '124px',
      sort: (view) => deviceStatus(t, view).word,
      cell: (view) => {
        const status = deviceStatus(t, view);
        return <Status tone={status.tone} word={status.word} isPulsing={status.isMoving} />;
      },
    },
    {
      id: 'serving',
      header: t('fleet.columns.serving'),
      width: 'minmax(130px, 1.25fr)',
      sort: (view) => servedModel(view),
      cell: (view) => {
        const serving = view.status?.serving;
        if (!serving) return <Dim>{t('fleet.nothingServed')}</Dim>;
        const model = `${serving.model.name}:${serving.model.version}`;
        const bundle = `${serving.name}:${serving.version}`;
        return <TwoLines first={model} second={bundle === model ? null : bundle} />;
      },
    },
    {
      id: 'labels',
      header: t('fleet.columns.labels'),
      width: 'minmax(110px, 1fr)',
      cell: (view) => <Labels labels={view.device.labels} />,
    },
    {
      id: 'cpu',
      header: t('metric.cpu'),
      startsHigh: true,
      width: '88px',
      sort: (view) => live(view)?.cpu.utilization ?? null,
      cell: (view) => {
        const share = live(view)?.cpu.utilization ?? null;
        return <Meter label={t('metric.cpu')} share={share} text={format.percent(share)} warnAt={0.9} />;
      },
    },
    { id: TREND_COLUMN, header: t('fleet.columns.lastMinute'), width: '72px', cell: () => null },
    {
      id: 'memory',
      header: t('metric.memory'),
      startsHigh: true,
      width: '88px',
      sort: (view) => memoryShare(live(view)),
      cell: (view) => {
        const share = memoryShare(live(view));
        return <Meter label={t('metric.memory')} share={share} text={format.percent(share)} warnAt={0.9} />;
      },
    },
    {
      id: 'gpu',
      header: t('metric.gpu'),
      startsHigh: true,
      width: '84px',
      sort: (view) => gpuShare(live(view)),
      cell: (view) => {
        const share = gpuShare(live(view));
        return <Meter label={t('metric.gpu')} share={share} text={format.percent(share)} title={gpuNote(t, view)} />;
      },
    },
    {
      id: 'rate',
      header: t('fleet.columns.rate'),
      width: '70px',
      align: 'end',
      sort: (view) => live(view)?.inference.requestsPerS ?? null,
      cell: (view) => (view.status?.serving ? format.perS(live(view)?.inference.requestsPerS) : NO_VALUE),
    },
    {
      id: 'p95',
      header: 'p95',
      width: '66px',
      align: 'end',
      sort: (view) => live(view)?.inference.p95Ms ?? null,
      cell: (view) => format.ms(live(view)?.inference.p95Ms),
    },
    {
      id: 'seen',
      header: t('fleet.columns.seen'),
      width: '50px',
      align: 'end',
      sort: (view) => view.lastSeenMs,
      cell: (view) => <LastSeen atMs={view.lastSeenMs} isOnline={view.connection === 'online'} />,
    },
  ];
}

function servedModel(view: DeviceView): string | null {
  const serving = view.status?.serving;
  return serving ? `${serving.model.name}:${serving.model.version}` : null;
}

/** A bar without a value says why on hover. */
function gpuNote(t: TFunction, view: DeviceView): string {
  const state = view.sample?.sensors['gpu'];
  return state && state !== 'ok' ? t(`sensor.${state}`) : t('metric.gpu');
}

function Labels(props: { labels: Readonly<Record<string, string>> }) {
  const entries = Object.entries(props.labels);
  if (entries.length === 0) return <Dim>{NO_VALUE}</Dim>;
  const texts = entries.map(([key, value]) => `${key}=${value}`);
  const [first = '', ...more] = texts;
  return (
    <span title={texts.join(', ')}>
      <Tag>{first}</Tag>
      {more.length > 0 ? <Dim> +{more.length}</Dim> : null}
    </span>
  );
}
