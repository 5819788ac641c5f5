// One device, live: charts, what it serves, its facts and events, and what can be done to it.
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { deviceAddress, deviceStatus } from '../../lib/device-status.ts';
import { createDeviceStore, type LiveDevice } from '../../lib/device-store.ts';
import { useFormat } from '../../lib/format.ts';
import { useServices } from '../../lib/rpc-context.tsx';
import { useStore } from '../../lib/store.ts';
import { Button } from '../../ui/button.tsx';
import { Segments } from '../../ui/fields.tsx';
import { Page, Row } from '../../ui/page.tsx';
import { Failed, Loading } from '../../ui/states.tsx';
import { Status } from '../../ui/status.tsx';
import styles from './device.module.css';
import { DeviceActions } from './device-actions.tsx';
import { DeviceCharts } from './device-charts.tsx';
import { DeviceNotice } from './device-notice.tsx';
import { DeviceSide } from './device-side.tsx';
import { SetupProgress } from './setup-progress.tsx';

const WINDOWS = [60, 300, 900] as const;

export function DevicePage(props: { name: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { connection } = useServices();
  const store = useMemo(() => createDeviceStore(connection, props.name), [connection, props.name]);
  const live = useStore(store);
  const [held, setHeld] = useState<LiveDevice | null>(null);
  const [windowS, setWindowS] = useState<number>(60);
  const [jobId, setJobId] = useState<string | null>(null);
  const { view } = live;

  if (live.failure) {
    return (
      <Page title={props.name}>
        <Failed error={live.failure} />
      </Page>
    );
  }
  if (!view) {
    return (
      <Page title={props.name}>
        <Loading />
      </Page>
    );
  }
  const shown = held ?? live;
  const status = deviceStatus(t, view);
  const labels = Object.entries(view.device.labels).map(([key, value]) => `${key}=${value}`);
  const lastMs = shown.samples.at(-1)?.timeMs;
  return (
    <Page
      title={
        <Row gap={14}>
          <span>{view.device.name}</span>
          <span className={styles['state']}>
            <Status tone={status.tone} word={status.word} isPulsing={status.isMoving} />
          </span>
        </Row>
      }
      sub={[deviceAddress(t, view.device), ...labels].join('  ·  ')}
      actions={<DeviceActions view={view} onJob={setJobId} />}
      toolbar={
        shown.samples.length === 0 ? null : (
          <>
            <Segments
              label={t('device.window')}
              value={String(windowS)}
              onChange={(value) => setWindowS(Number(value))}
              choices={WINDOWS.map((seconds) => ({
                value: String(seconds),
                label: t('device.minutes', { count: seconds / 60 }),
              }))}
            />
            <Button
              icon={held ? 'play' : 'pause'}
              kind={held ? 'primary' : 'default'}
              onClick={() => setHeld(held ? null : live)}
            >
              {held ? t('device.resume') : t('device.pause')}
            </Button>
            <span className={styles['stamp']}>
              {held && lastMs
                ? t('device.heldAt', { time: format.time(lastMs) })
                : lastMs
                  ? t('device.lastSample', { time: format.time(lastMs) })
                  : ''}
            </span>
          </>
        )
      }
    >
      <DeviceNotice view={view} onJob={setJobId} />
      <SetupProgress name={props.name} jobId={jobId} />
      <div className={styles['layout']}>
        {shown.samples.length > 0 ? (
          <div>
            <DeviceCharts samples={shown.samples} windowS={windowS} />
          </div>
        ) : (
          <div className={styles['waiting']}>
            {view.connection === 'online' ? t('device.waiting') : t('device.noSamples')}
          </div>
        )}
        <aside className={styles['side']} aria-label={t('device.details')}>
          <DeviceSide view={view} events={shown.events} />
        </aside>
      </div>
    </Page>
  );
}
