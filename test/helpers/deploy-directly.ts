// Signs a release and brings it onto a running agent through its own protocol, without the laptop's backend.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InstalledRelease } from '../../devices/agent/inference/inference-host.ts';
import { buildBundleManifest, sha256Digest } from '../../devices/trust/bundle-manifest.ts';
import { buildStatement } from '../../devices/trust/statement.ts';
import { serializeTrustedKeys } from '../../devices/trust/trusted-keys.ts';
import {
  AGENT_ROUTES,
  type BeginResponse,
  type TransactionEvent,
  transactionPath,
} from '../../shared/agent-protocol/messages.ts';
import type { AgentProcess } from './agent-process.ts';
import { signPayload, type TestKey } from './signed-bundle.ts';

/** Pins `key` on the device with this root, as `device setup` does. */
export function trustKey(root: string, key: TestKey): void {
  mkdirSync(join(root, 'trust'), { recursive: true });
  writeFileSync(join(root, 'trust', 'keys.json'), serializeTrustedKeys([key]));
}

/** Begin, upload, prepare, activate. Returns all events of the two steps. */
export async function deployDirectly(
  agent: AgentProcess,
  key: TestKey,
  installed: InstalledRelease,
): Promise<TransactionEvent[]> {
  const { release, directory } = installed;
  const config = Buffer.from(JSON.stringify({ descriptor: { name: release.name, version: release.version } }));
  const built = buildBundleManifest(release, config);
  const { name, version } = release;
  const signature = signPayload(key, buildStatement({ name, version, manifestDigest: built.manifestDigest }));
  const files = [...release.model.files.map((file) => file.path), 'golden.bin'].map((path) =>
    readFileSync(join(directory, path)),
  );
  const blobs = new Map([built.releaseBytes, config, ...files].map((bytes) => [sha256Digest(bytes), bytes]));
  const txn = `txn-${built.manifestDigest.slice(7, 19)}`;
  const begun = await agent.json<BeginResponse>(AGENT_ROUTES.transactions, {
    method: 'POST',
    body: JSON.stringify({
      txn,
      manifestDigest: built.manifestDigest,
      manifestBase64: Buffer.from(built.manifestBytes).toString('base64'),
      signaturesBase64: [Buffer.from(signature).toString('base64')],
      holder: 'test',
    }),
  });
  for (const { digest, offset } of begun.missing) {
    const bytes = blobs.get(digest);
    if (bytes === undefined) throw new Error(`the agent asks for an unknown object ${digest}`);
    const path = `${AGENT_ROUTES.objects}/${digest}?txn=${txn}&offset=${String(offset)}`;
    await agent.json(path, { method: 'PUT', body: Buffer.from(bytes.subarray(offset)) });
  }
  const events: TransactionEvent[] = [];
  for (const step of ['prepare', 'activate'] as const) {
    const answer = await agent.send(transactionPath(txn, step), { method: 'POST' });
    const lines = answer.body.toString().trim().split('\n');
    if (answer.status >= 400) throw new Error(`${step}: ${answer.body.toString()}`);
    events.push(...lines.map((line) => JSON.parse(line) as TransactionEvent));
    const last = events.at(-1);
    if (last?.type === 'error') throw new Error(`${step}: ${last.error.message}`);
  }
  return events;
}
