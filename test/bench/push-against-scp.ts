// Times the push of one large model into an agent against `scp` of the same file to the same box, interleaved in one run.
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connectSsh } from '../../devices/link/connect-ssh.ts';
import type { SshdBox } from '../../devices/simulator/sshd-box.ts';
import { openAgentClient } from '../../electron/backend/fleet/agent-client.ts';
import { openRoad, type Road } from '../helpers/road.ts';
import { loadBundle } from './deploy-loader.ts';

const run = promisify(execFile);

export interface PushReport {
  readonly sizeBytes: number;
  readonly rounds: number;
  /** Seconds of each round, connect and login included; ours also hashes and fsyncs. */
  readonly linesideS: readonly number[];
  readonly scpS: readonly number[];
  /** scp, and then the file synced to the box's disk, which our push includes. */
  readonly scpSyncedS: readonly number[];
  readonly medianLinesideMBps: number;
  readonly medianScpMBps: number;
  /** Median of scp's time over ours, round by round: above 1 we are faster. */
  readonly medianRatio: number;
  /** The same against scp with the sync. */
  readonly medianRatioSynced: number;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** `modelPath`: an ONNX file to push. */
export async function measurePush(modelPath: string, rounds: number): Promise<PushReport> {
  const road = await openRoad();
  try {
    const box = await road.startBox('box-1');
    const { client } = road;
    await client.keys.init({});
    await road.setUp(box);
    await client.models.import({ path: modelPath, name: 'large' });
    await client.bundles.create({ modelRef: 'large', name: 'large', version: '1', goldenCases: 1 });
    const { size } = await stat(modelPath);
    const linesideS: number[] = [];
    const scpS: number[] = [];
    const scpSyncedS: number[] = [];
    // The first round of each warms caches and is not counted.
    for (let round = 0; round <= rounds; round += 1) {
      const ours = await pushOnce(road, box, `bench-round-${round}`);
      const theirs = await scpOnce(box, modelPath);
      if (round > 0) {
        linesideS.push(ours);
        scpS.push(theirs.copiedS);
        scpSyncedS.push(theirs.syncedS);
      }
    }
    return {
      sizeBytes: size,
      rounds,
      linesideS,
      scpS,
      scpSyncedS,
      medianLinesideMBps: size / 1e6 / median(linesideS),
      medianScpMBps: size / 1e6 / median(scpS),
      medianRatio: median(scpS.map((seconds, index) => seconds / (linesideS[index] ?? Number.NaN))),
      medianRatioSynced: median(scpSyncedS.map((seconds, index) => seconds / (linesideS[index] ?? Number.NaN))),
    };
  } finally {
    await road.close();
  }
}

async function pushOnce(road: Road, box: SshdBox, txn: string): Promise<number> {
  const deployable = await loadBundle(road.dataDir, 'large');
  const startedAt = performance.now();
  const connection = await connectSsh({
    host: box.host,
    port: box.port,
    user: box.user,
    auth: { kind: 'key', identityFile: box.identityFile ?? '' },
    hostKeys: { file: join(road.dataDir, 'known_hosts') },
  });
  const agent = await openAgentClient(connection, join(box.home, 'lineside'));
  const answer = await agent.begin({
    txn,
    manifestDigest: deployable.manifestDigest,
    manifestBase64: deployable.manifestBytes.toString('base64'),
    signaturesBase64: deployable.signatures.map((bytes) => bytes.toString('base64')),
    holder: 'bench',
  });
  const signal = new AbortController().signal;
  for (const object of answer.missing) {
    const blob = deployable.blobs.find(({ digest }) => digest === object.digest);
    if (!blob) throw new Error(`the bundle lacks ${object.digest}`);
    const source = createReadStream(blob.path, { start: object.offset, highWaterMark: 1 << 20 });
    await agent.put({
      txn,
      digest: object.digest,
      offset: object.offset,
      sizeBytes: object.sizeBytes,
      source,
      signal,
      onProgress: () => undefined,
    });
  }
  const seconds = (performance.now() - startedAt) / 1000;
  await agent.abort(txn);
  agent.close();
  await connection.close();
  await rm(join(box.home, 'lineside', 'objects'), { recursive: true, force: true });
  return seconds;
}

async function scpOnce(box: SshdBox, path: string): Promise<{ copiedS: number; syncedS: number }> {
  const target = join(box.home, 'scp-copy');
  const startedAt = performance.now();
  const options = [
    '-o',
    'StrictHostKeyChecking=no',
    '-o',
    'UserKnownHostsFile=/dev/null',
    '-o',
    'LogLevel=ERROR',
    '-c',
    'aes128-gcm@openssh.com',
  ];
  await run('scp', [
    '-q',
    ...options,
    '-i',
    box.identityFile ?? '',
    '-P',
    String(box.port),
    path,
    `${box.user}@${box.host}:${target}`,
  ]);
  const copiedS = (performance.now() - startedAt) / 1000;
  await run('sync', [target]);
  const syncedS = (performance.now() - startedAt) / 1000;
  await rm(target, { force: true });
  return { copiedS, syncedS };
}
