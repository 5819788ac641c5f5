// The facts beside the charts: what is served, the agent, the hardware, the latest events.
import { useTranslation } from 'react-i18next';
import type { AgentEvent } from '../../../shared/agent-protocol/messages.ts';
import type { DeviceView } from '../../../shared/contract/devices.ts';
import { NO_VALUE, useFormat } from '../../lib/format.ts';
import { Digest, Dim, type Fact, Facts, Mono } from '../../ui/facts.tsx';
import { Section } from '../../ui/page.tsx';
import { Status, type Tone } from '../../ui/status.tsx';
import styles from './device.module.css';

const WORKER_TONES: Readonly<Record<string, Tone>> = {
  none: 'idle',
  starting: 'busy',
  ready: 'ok',
  restarting: 'warn',
  failed: 'bad',
};
const EVENT_TONES: Readonly<Record<AgentEvent['kind'], Tone>> = {
  'worker-died': 'bad',
  'worker-restarted': 'ok',
  phase: 'busy',
  'agent-started': 'ok',
  recovered: 'ok',
  warning: 'warn',
};
const EVENTS_SHOWN = 40;

export function DeviceSide(props: { view: DeviceView; events: readonly AgentEvent[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { view, events } = props;
  const isOld = view.connection !== 'online' && view.lastSeenMs !== null && view.status !== null;
  return (
    <>
      <Section
        title={t('device.serving')}
        aside={isOld ? t('device.asOf', { time: format.dateTime(view.lastSeenMs ?? 0) }) : null}
      >
        <Serving view={view} />
      </Section>
      <Section title={t('device.hardware')}>
        <Hardware view={view} />
      </Section>
      <Section title={t('device.agent')}>
        <AgentFacts view={view} />
      </Section>
      <Section title={t('device.events')}>
        <Events events={events.slice(0, EVENTS_SHOWN)} />
      </Section>
    </>
  );
}

function Serving(props: { view: DeviceView }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { status, sample } = props.view;
  const serving = status?.serving;
  if (!status || !serving) return <Dim>{t('device.servesNothing')}</Dim>;
  const { inference } = sample ?? {};
  const facts: Fact[] = [
    { label: t('device.model'), value: `${serving.model.name}:${serving.model.version}` },
    { label: t('device.bundle'), value: `${serving.name}:${serving.version}` },
    { label: t('device.manifest'), value: <Digest value={serving.manifestDigest} /> },
    {
      label: t('device.worker'),
      value: <Status tone={WORKER_TONES[status.worker.state] ?? 'idle'} word={t(`worker.${status.worker.state}`)} />,
    },
    { label: t('device.requests'), value: format.integer(inference?.requestsTotal) },
    { label: t('device.errors'), value: format.integer(inference?.errorsTotal) },
    { label: t('device.restarts'), value: format.integer(status.worker.restarts) },
    {
      label: t('device.previous'),
      value: status.previous ? `${status.previous.name}:${status.previous.version}` : NO_VALUE,
    },
  ];
  return <Facts facts={facts} />;
}

function Hardware(props: { view: DeviceView }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { facts, sample } = props.view;
  if (!facts) return <Dim>{t('device.notProbed')}</Dim>;
  return (
    <Facts
      facts={[
        { label: t('device.hostName'), value: facts.hostname },
        { label: t('device.system'), value: facts.os },
        { label: t('device.kernel'), value: facts.kernel },
        {
          label: t('device.cpu'),
          value: t('device.cpuValue', { model: facts.cpuModel, count: facts.cores, architecture: facts.architecture }),
        },
        { label: t('device.memory'), value: format.bytes(facts.memoryBytes) },
        { label: t('device.freeDisk'), value: format.bytes(sample?.disk.availableBytes ?? facts.freeBytes) },
        { label: t('metric.gpu'), value: facts.gpu ?? facts.jetson ?? t('device.none') },
        { label: t('device.libc'), value: facts.libc },
        { label: t('device.clock'), value: format.duration(Math.abs(facts.clockOffsetMs)) },
        ...(facts.hostKeyFingerprint
          ? [{ label: t('device.hostKey'), value: <Mono>{facts.hostKeyFingerprint}</Mono> }]
          : []),
      ]}
    />
  );
}

function AgentFacts(props: { view: DeviceView }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { view } = props;
  if (view.agentVersion === null) return <Dim>{t('device.noAgent')}</Dim>;
  const agent = view.sample?.agent;
  return (
    <Facts
      facts={[
        { label: t('device.version'), value: view.agentVersion },
        { label: t('device.keptBy'), value: view.startMode ?? NO_VALUE },
        { label: t('device.folder'), value: <Mono>{view.device.root}</Mono> },
        {
          label: t('device.agentCost'),
          value: agent ? `${format.percent(agent.cpu)} · ${format.bytes(agent.rssBytes)}` : NO_VALUE,
        },
        { label: t('device.missedTicks'), value: format.integer(agent?.missedTicks) },
      ]}
    />
  );
}

function Events(props: { events: readonly AgentEvent[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (props.events.length === 0) return <Dim>{t('device.noEvents')}</Dim>;
  return (
    <ul className={styles['events']}>
      {props.events.map((event) => (
        <li key={`${event.timeMs}-${event.kind}-${event.message}`} className={styles['event']}>
          <time dateTime={new Date(event.timeMs).toISOString()} title={format.dateTime(event.timeMs)}>
            {format.time(event.timeMs)}
          </time>
          <div>
            <Status tone={EVENT_TONES[event.kind]} word={t(`event.${event.kind}`)} />
            <p>{event.message}</p>
          </div>
        </li>
      ))}
    </ul>
  );
}
