// What a device is doing in one word: its connection, then its inference worker, then its rollout phase.
import type { TFunction } from 'i18next';
import type { DeviceView } from '../../shared/contract/devices.ts';
import type { Tone } from '../ui/status.tsx';

export interface DeviceStatus {
  readonly tone: Tone;
  readonly word: string;
  readonly isMoving: boolean;
  /** Which filter of the fleet it falls under. */
  readonly group: 'healthy' | 'attention' | 'offline';
}

const CONNECTIONS: Readonly<Record<DeviceView['connection'], Pick<DeviceStatus, 'tone' | 'group'>>> = {
  unknown: { tone: 'idle', group: 'offline' },
  connecting: { tone: 'busy', group: 'offline' },
  online: { tone: 'ok', group: 'healthy' },
  'agent-missing': { tone: 'warn', group: 'attention' },
  unreachable: { tone: 'bad', group: 'offline' },
  locked: { tone: 'warn', group: 'attention' },
  refused: { tone: 'bad', group: 'attention' },
  'host-key-changed': { tone: 'bad', group: 'attention' },
};

export function deviceStatus(t: TFunction, view: DeviceView): DeviceStatus {
  const { connection, status } = view;
  if (connection === 'online' && status) {
    const { phase, worker } = status;
    if (phase !== 'idle') {
      const isHeld = phase === 'safe';
      return {
        tone: isHeld ? 'warn' : 'busy',
        word: t(`phase.${phase}`),
        isMoving: !isHeld,
        group: isHeld ? 'attention' : 'healthy',
      };
    }
    if (status.serving && (worker.state === 'failed' || worker.state === 'restarting')) {
      const tone = worker.state === 'failed' ? 'bad' : 'warn';
      return { tone, word: t(`worker.${worker.state}`), isMoving: worker.state === 'restarting', group: 'attention' };
    }
  }
  return { ...CONNECTIONS[connection], word: t(`connection.${connection}`), isMoving: connection === 'connecting' };
}

/** `user@host`, with the port where it is not 22; the words for this computer when it is the device. */
export function deviceAddress(t: TFunction, device: DeviceView['device']): string {
  if (device.kind === 'local') return t('device.thisComputer');
  const host = device.host.includes(':') ? `[${device.host}]` : device.host;
  return `${device.user}@${host}${device.port === 22 ? '' : `:${device.port}`}`;
}

/** Used share of memory, 0–1. */
export function memoryShare(sample: DeviceView['sample']): number | null {
  const total = sample?.memory.totalBytes ?? null;
  const available = sample?.memory.availableBytes ?? null;
  return total === null || available === null || total === 0 ? null : 1 - available / total;
}

/** Busy share of the busiest GPU, 0–1; null without one. */
export function gpuShare(sample: DeviceView['sample']): number | null {
  const shares = (sample?.gpus ?? []).map((gpu) => gpu.utilization).filter((share) => share !== null);
  return shares.length === 0 ? null : Math.max(...shares);
}
