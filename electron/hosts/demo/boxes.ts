// The throw-away devices of the demo: two real sshd processes where OpenSSH is there, else this computer without SSH.
import { findSshd } from '../../../devices/simulator/find-sshd.ts';
import { type SshdBox, startSshdBox } from '../../../devices/simulator/sshd-box.ts';

export interface DemoBox {
  readonly name: string;
  readonly address: string;
  readonly identityFile: string | undefined;
  readonly hostKeyFingerprint: string | undefined;
}

export interface DemoBoxes {
  readonly boxes: readonly DemoBox[];
  /** Null: no sshd on this computer. */
  readonly sshd: string | null;
  stop(): Promise<void>;
}

export async function startDemoBoxes(baseDir: string): Promise<DemoBoxes> {
  const sshd = findSshd();
  if (sshd === null) {
    return {
      sshd,
      boxes: [{ name: 'this-computer', address: 'local', identityFile: undefined, hostKeyFingerprint: undefined }],
      stop: () => Promise.resolve(),
    };
  }
  const started: SshdBox[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((box) => box.stop()));
  };
  try {
    for (const name of ['box-1', 'box-2']) started.push(await startSshdBox({ name, baseDir }));
  } catch (error) {
    await stop();
    throw error;
  }
  const boxes = started.map((box) => ({
    name: box.name,
    address: `${box.user}@${box.host}:${box.port}`,
    identityFile: box.identityFile ?? undefined,
    hostKeyFingerprint: box.hostKeyFingerprint(),
  }));
  return { boxes, sshd, stop };
}
