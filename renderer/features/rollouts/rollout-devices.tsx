// The devices of a rollout: a table of where each stands, and the full story of the one that is chosen.
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Rollout, RolloutDevice } from '../../../shared/contract/rollouts.ts';
import { NO_VALUE, useFormat } from '../../lib/format.ts';
import { releaseText } from '../../lib/release-text.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Dim, Facts } from '../../ui/facts.tsx';
import { Meter } from '../../ui/meter.tsx';
import { Section, Split } from '../../ui/page.tsx';
import { Status, Tag } from '../../ui/status.tsx';
import type { Column } from '../../ui/table-model.ts';
import { DEVICE_TONES } from './rollout-status.ts';
import styles from './rollouts.module.css';

const deviceOf = (device: RolloutDevice) => device.device;

export function RolloutDevices(props: { rollout: Rollout; onOpenDevice: (name: string) => void }) {
  const { t } = useTranslation();
  const { rollout } = props;
  const [picked, setPicked] = useState<string | null>(null);
  const open = useCallback((device: RolloutDevice) => setPicked(device.device), []);
  const columns = useColumns();
  const failed = rollout.devices.find((device) => device.error !== null);
  const chosen = rollout.devices.find((device) => device.device === picked) ?? failed ?? rollout.devices[0];
  return (
    <Split
      label={t('rollouts.deviceReport')}
      listWidth="minmax(0, 2.1fr)"
      list={
        <DataTable
          label={t('rollouts.devices')}
          columns={columns}
          rows={rollout.devices}
          rowKey={deviceOf}
          onOpen={open}
          openKey={chosen?.device ?? null}
          rowHeight={40}
          isFilling
        />
      }
      detail={chosen ? <DeviceReport device={chosen} onOpenDevice={props.onOpenDevice} /> : null}
    />
  );
}

function useColumns(): ReadonlyArray<Column<RolloutDevice>> {
  const { t } = useTranslation();
  const format = useFormat();
  return useMemo(
    () => [
      {
        id: 'device',
        header: t('newRollout.columns.device'),
        width: 'minmax(120px, 1fr)',
        sort: deviceOf,
        cell: (device) => (
          <span>
            <strong className={styles['deviceName']}>{device.device}</strong>
            {device.isCanary ? <Tag>{t('rollouts.canary')}</Tag> : null}
          </span>
        ),
      },
      {
        id: 'state',
        header: t('rollouts.columns.state'),
        width: '132px',
        sort: (device) => device.state,
        cell: (device) => (
          <Status
            tone={DEVICE_TONES[device.state]}
            word={t(`rolloutDevice.${device.state}`)}
            isPulsing={DEVICE_TONES[device.state] === 'busy'}
          />
        ),
      },
      {
        id: 'sent',
        header: t('rollouts.columns.sent'),
        width: '170px',
        sort: (device) => device.bytesSent,
        cell: (device) => {
          if (device.bytesTotal === 0)
            return <Dim>{device.state === 'up-to-date' ? t('rollouts.nothingToSend') : NO_VALUE}</Dim>;
          const share = device.bytesSent / device.bytesTotal;
          return (
            <Meter
              label={t('rollouts.columns.sent')}
              share={share}
              text={format.percent(share)}
              title={`${format.bytes(device.bytesSent)} / ${format.bytes(device.bytesTotal)}`}
            />
          );
        },
      },
      {
        id: 'speed',
        header: t('rollouts.columns.speed'),
        width: '92px',
        align: 'end',
        cell: (device) => format.bytesPerS(device.bytesPerS),
      },
      {
        id: 'p95',
        header: t('rollouts.columns.goldenP95'),
        width: '88px',
        align: 'end',
        sort: (device) => device.golden?.latencyP95Ms ?? null,
        cell: (device) => format.ms(device.golden?.latencyP95Ms),
      },
      {
        id: 'took',
        header: t('rollouts.columns.took'),
        width: '78px',
        align: 'end',
        cell: (device) => format.duration(tookMs(device)),
      },
    ],
    [t, format],
  );
}

function tookMs(device: RolloutDevice): number | null {
  return device.startedAtMs === null || device.finishedAtMs === null ? null : device.finishedAtMs - device.startedAtMs;
}

function DeviceReport(props: { device: RolloutDevice; onOpenDevice: (name: string) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { device } = props;
  const { golden } = device;
  return (
    <>
      <div className={styles['reportHead']}>
        <h2>{device.device}</h2>
        <Button onClick={() => props.onOpenDevice(device.device)}>{t('rollouts.openDevice')}</Button>
      </div>
      {device.error ? (
        <div className={styles['reportError']}>
          <ErrorNote error={device.error} />
        </div>
      ) : null}
      <Section title={t('rollouts.step')}>
        <Facts
          facts={[
            {
              label: t('rollouts.columns.state'),
              value: <Status tone={DEVICE_TONES[device.state]} word={t(`rolloutDevice.${device.state}`)} />,
            },
            { label: t('rollouts.phase'), value: device.phase === null ? NO_VALUE : t(`phase.${device.phase}`) },
            {
              label: t('rollouts.before'),
              value: device.fromRelease === null ? t('device.none') : releaseText(device.fromRelease),
            },
            {
              label: t('rollouts.columns.sent'),
              value:
                device.bytesTotal === 0
                  ? NO_VALUE
                  : `${format.bytes(device.bytesSent)} / ${format.bytes(device.bytesTotal)}`,
            },
            {
              label: t('rollouts.started'),
              value: device.startedAtMs === null ? NO_VALUE : format.time(device.startedAtMs),
            },
          ]}
        />
      </Section>
      <Section title={t('rollouts.golden')}>
        {golden ? (
          <Facts
            facts={[
              { label: t('rollouts.goldenCases'), value: format.integer(golden.cases) },
              {
                label: t('rollouts.mismatches'),
                value: (
                  <Status tone={golden.mismatches === 0 ? 'ok' : 'bad'} word={format.integer(golden.mismatches)} />
                ),
              },
              { label: t('rollouts.maxError'), value: format.small(golden.maxAbsoluteError) },
              {
                label: t('metric.latency'),
                value: `p50 ${format.ms(golden.latencyP50Ms)} · p95 ${format.ms(golden.latencyP95Ms)}`,
              },
              { label: t('rollouts.load'), value: format.ms(golden.loadMs) },
            ]}
          />
        ) : (
          <Dim>{t('rollouts.noGolden')}</Dim>
        )}
      </Section>
    </>
  );
}
