// The dry run: per device what would be sent, or why it is left out.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { RolloutPlan } from '../../../shared/contract/rollouts.ts';
import { NO_VALUE, useFormat } from '../../lib/format.ts';
import { releaseText } from '../../lib/release-text.ts';
import { said } from '../../lib/said.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Dim } from '../../ui/facts.tsx';
import { Status, Tag } from '../../ui/status.tsx';
import type { Column } from '../../ui/table-model.ts';

type PlanDevice = RolloutPlan['devices'][number];

const planDevice = (device: PlanDevice) => device.device;

export function PlanTable(props: { plan: RolloutPlan }) {
  const { t } = useTranslation();
  const format = useFormat();
  const hasCanary = props.plan.devices.some((device) => device.isCanary);
  const columns = useMemo<ReadonlyArray<Column<PlanDevice>>>(
    () => [
      {
        id: 'device',
        header: t('newRollout.columns.device'),
        width: 'minmax(120px, 1fr)',
        sort: planDevice,
        cell: (device) => <strong style={{ fontWeight: 600 }}>{device.device}</strong>,
      },
      {
        id: 'wave',
        header: t('newRollout.columns.wave'),
        width: '130px',
        sort: (device) => waveOf(device),
        cell: (device) =>
          device.isIncluded ? (
            <Tag {...(device.isCanary ? { tone: 'busy' as const } : {})}>
              {t(device.isCanary ? 'newRollout.first' : hasCanary ? 'newRollout.then' : 'newRollout.atOnce')}
            </Tag>
          ) : (
            <Status tone="warn" word={t('newRollout.leftOut')} />
          ),
      },
      {
        id: 'now',
        header: t('newRollout.columns.now'),
        width: 'minmax(140px, 1.2fr)',
        cell: (device) => <ServesNow device={device} />,
      },
      {
        id: 'objects',
        header: t('newRollout.columns.objects'),
        width: '80px',
        align: 'end',
        cell: (device) => format.integer(device.objectsToSend),
      },
      {
        id: 'bytes',
        header: t('newRollout.columns.bytes'),
        width: '96px',
        align: 'end',
        sort: (device) => device.bytesToSend,
        cell: (device) => format.bytes(device.bytesToSend),
      },
      {
        id: 'free',
        header: t('newRollout.columns.free'),
        width: '96px',
        align: 'end',
        sort: (device) => device.freeBytes,
        cell: (device) => format.bytes(device.freeBytes),
      },
      {
        id: 'note',
        header: t('newRollout.columns.note'),
        isApart: true,
        width: 'minmax(180px, 2fr)',
        cell: (device) => (
          <span title={device.note ?? undefined}>{device.note === null ? NO_VALUE : said(t, device.note)}</span>
        ),
      },
    ],
    [t, format, hasCanary],
  );
  return (
    <DataTable label={t('newRollout.plan')} columns={columns} rows={props.plan.devices} rowKey={planDevice} isFilling />
  );
}

function ServesNow(props: { device: PlanDevice }) {
  const { t } = useTranslation();
  const { fromRelease, isIncluded } = props.device;
  if (fromRelease === null) return <Dim>{isIncluded ? t('fleet.nothingServed') : NO_VALUE}</Dim>;
  return <span title={fromRelease}>{releaseText(fromRelease)}</span>;
}

function waveOf(device: PlanDevice): number {
  if (!device.isIncluded) return 2;
  return device.isCanary ? 0 : 1;
}
