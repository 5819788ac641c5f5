// A reader that does not read: it must cost the agent nothing but the newest sample.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createWatchHub } from '../../devices/agent/server/watch-stream.ts';
import { createSampleHistory } from '../../devices/agent/telemetry/sample-history.ts';
import type { AgentStatus } from '../../shared/agent-protocol/messages.ts';
import { eventually } from '../helpers/eventually.ts';

const STATUS: AgentStatus = {
  phase: 'idle',
  txn: null,
  serving: null,
  previous: null,
  candidate: null,
  worker: { state: 'none', pid: null, restarts: 0, lastExit: null },
  lastOutcome: null,
};
const SAMPLES = 5_000;
const FILLER = 'x'.repeat(1_500);

it('gives a slow reader the newest sample and holds no queue for it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-slow-'));
  const hub = createWatchHub(createSampleHistory(10, 64 * 1024), () => STATUS);
  let response: ServerResponse | null = null;
  const server = createServer((_request, answer) => {
    response = answer;
    hub.attach(answer, 0);
  });
  const socketPath = join(folder, 's.sock');
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  let text = '';
  const reader = request({ socketPath, path: '/v1/watch' }, (incoming) => {
    incoming.setEncoding('utf8');
    incoming.pause();
    reader.once('resume-reading', () => {
      incoming.on('data', (part: string) => {
        text += part;
      });
      incoming.resume();
    });
  });
  reader.end();
  try {
    await eventually('the reader is there', () => hub.readers === 1);
    let mostHeldBytes = 0;
    for (let seq = 1; seq <= SAMPLES; seq += 1) {
      hub.sample(`{"seq":${String(seq)},"filler":"${FILLER}"}\n`);
      if (seq % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
      mostHeldBytes = Math.max(mostHeldBytes, (response as ServerResponse | null)?.writableLength ?? 0);
    }
    // One line may be on its way; 7.5 MB were offered.
    expect(mostHeldBytes).toBeLessThan(10 * FILLER.length);
    reader.emit('resume-reading');
    await eventually('the newest sample arrives', () => text.includes(`"seq":${String(SAMPLES)},`));
    const seqs = [...text.matchAll(/"seq":(\d+),/g)].map((match) => Number(match[1]));
    expect(seqs.length).toBeLessThan(SAMPLES / 2);
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    reader.destroy();
    await eventually('the reader is forgotten', () => hub.readers === 0);
  } finally {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  }
});
