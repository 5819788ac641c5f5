// A device's root in a temporary folder with a release engine on it, and the laptop's side of a push in a few calls.
import { mkdir, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  createReleaseEngine,
  type ReleaseEngine,
  type ReleaseEngineOptions,
} from '../../devices/agent/release/release-engine.ts';
import { serializeTrustedKeys } from '../../devices/trust/trusted-keys.ts';
import type {
  AgentEvent,
  BeginRequest,
  BeginResponse,
  TransactionEvent,
} from '../../shared/agent-protocol/messages.ts';
import {
  createFileInferenceHost,
  type FileInferenceHost,
  type ModelBehaviour,
  modelFile,
} from './file-inference-host.ts';
import { createTestBundle, type TestBundle, type TestBundleOptions, type TestKey } from './signed-bundle.ts';

export interface StartedEngine {
  readonly engine: ReleaseEngine;
  readonly host: FileInferenceHost;
  readonly events: AgentEvent[];
}

export interface TestDevice {
  readonly root: string;
  /** A new engine on the same root that has not recovered yet. */
  create(options?: Partial<ReleaseEngineOptions>): StartedEngine;
  /** A new engine on the same root, recovered: what a start of the agent does. */
  start(options?: Partial<ReleaseEngineOptions>): Promise<StartedEngine>;
  /** Id of the release that `current` names. */
  current(): Promise<string | null>;
  remove(): Promise<void>;
}

/** `parent`: folder to make the root in. */
export async function createTestDevice(key: TestKey, parent = tmpdir()): Promise<TestDevice> {
  const root = await mkdtemp(join(parent, 'lineside-release-'));
  await trustKey(root, key);
  return deviceAt(root);
}

/** Pins a key as setup does. */
export async function trustKey(root: string, key: TestKey): Promise<void> {
  await mkdir(join(root, 'trust'), { recursive: true });
  await writeFile(join(root, 'trust', 'keys.json'), serializeTrustedKeys([key]));
}

export function deviceAt(root: string): TestDevice {
  function create(options: Partial<ReleaseEngineOptions> = {}): StartedEngine {
    const host = createFileInferenceHost();
    const events: AgentEvent[] = [];
    const engine = createReleaseEngine({
      root,
      inference: host,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      runtimeVersion: '1.30.0',
      emit: (event) => events.push(event),
      ...options,
    });
    return { engine, host, events };
  }
  return {
    root,
    create,
    start: async (options) => {
      const started = create(options);
      await started.engine.recover();
      return started;
    },
    current: async () => await readlink(join(root, 'current')).then(basename, () => null),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** A bundle whose model behaves as told. */
export function bundleOf(
  key: TestKey,
  behaviour: ModelBehaviour,
  options: TestBundleOptions & { readonly shared?: Uint8Array } = {},
): TestBundle {
  const shared = options.shared ?? Buffer.from('shared by all bundles of a test');
  return createTestBundle(key, {
    files: { 'model.onnx': modelFile(behaviour), 'data/shared.bin': shared },
    ...options,
  });
}

export function beginRequest(bundle: TestBundle, txn: string, holder = 'anna@laptop'): BeginRequest {
  return {
    txn,
    manifestDigest: bundle.manifestDigest,
    manifestBase64: Buffer.from(bundle.manifestBytes).toString('base64'),
    signaturesBase64: bundle.signatures.map((bytes) => Buffer.from(bytes).toString('base64')),
    holder,
  };
}

/** Sends what the device says is missing; `chunkBytes` cuts it into pieces. */
export async function sendObjects(
  engine: ReleaseEngine,
  bundle: TestBundle,
  begun: BeginResponse,
  chunkBytes = 16,
): Promise<void> {
  for (const { digest, offset } of begun.missing) {
    const bytes = bundle.blobs.get(digest) ?? Buffer.alloc(0);
    const writer = await engine.openObject(begun.txn, digest, offset);
    for (let at = offset; at < bytes.length; at += chunkBytes) await writer.write(bytes.subarray(at, at + chunkBytes));
    await writer.finish();
  }
}

/** The whole road of a push. Returns every event. */
export async function deploy(engine: ReleaseEngine, bundle: TestBundle, txn: string): Promise<TransactionEvent[]> {
  const events: TransactionEvent[] = [];
  const emit = (event: TransactionEvent): void => void events.push(event);
  const begun = await engine.begin(beginRequest(bundle, txn));
  if (begun.isCommitted) return events;
  await sendObjects(engine, bundle, begun);
  await engine.prepare(txn, emit);
  await engine.activate(txn, emit);
  return events;
}

export async function readJsonFile(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'));
}
