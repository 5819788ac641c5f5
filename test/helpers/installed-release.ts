// Builds a release on disk the way the device's release engine leaves one, with golden vectors made by ONNX Runtime itself.
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { InstalledRelease } from '../../devices/agent/inference/inference-host.ts';
import { createNativeSession } from '../../devices/runtime/native-session.ts';
import { bytesOfTensor, emptyTensor, type TensorValue } from '../../devices/runtime/tensor.ts';
import { type Release, releaseId, type TensorRef } from '../../shared/domain/release.ts';

export const SAMPLE_MODEL = new URL('../../electron/samples/digits-mobilenet.onnx', import.meta.url).pathname;
export const FIXTURE_MODELS = new URL('../fixtures/models/', import.meta.url).pathname;

export interface ReleaseOptions {
  readonly modelPath?: string;
  readonly name?: string;
  readonly version?: string;
  /** Added to every golden output, to make a release whose golden check fails. */
  readonly goldenShift?: number;
}

/** Lays `<parent>/<name>-<version>` out with the model and one golden case of a constant input (dynamic dimensions are 1). */
export function makeInstalledRelease(parent: string, options: ReleaseOptions = {}): InstalledRelease {
  const modelPath = options.modelPath ?? SAMPLE_MODEL;
  const name = options.name ?? 'digits';
  const version = options.version ?? '1';
  const directory = join(parent, `${name}-${version}`);
  mkdirSync(directory, { recursive: true });
  copyFileSync(modelPath, join(directory, basename(modelPath)));
  const session = createNativeSession(modelPath, { intraOpNumThreads: 1 });
  const inputs = Object.fromEntries(
    session.inputs.map((info) => {
      const shape = (info.shape ?? []).map((size) => (typeof size === 'number' ? size : 1));
      const tensor = emptyTensor(info.type as 'float32', shape);
      (tensor.data as Float32Array).fill(0.5);
      return [info.name, tensor];
    }),
  );
  const outputs = session.run(inputs);
  for (const tensor of Object.values(outputs)) {
    const data = tensor.data as Float32Array;
    data.forEach((value, index) => {
      data[index] = value + (options.goldenShift ?? 0);
    });
  }
  const blob = { parts: [] as Uint8Array[], length: 0 };
  const goldenCase = { inputs: place(blob, inputs), outputs: place(blob, outputs) };
  const golden = Buffer.concat(blob.parts);
  writeFileSync(join(directory, 'golden.bin'), golden);
  const modelBytes = readFileSync(modelPath);
  const release: Release = {
    schemaVersion: 1,
    name,
    version,
    model: {
      name,
      version,
      files: [{ path: basename(modelPath), digest: digestOf(modelBytes), sizeBytes: modelBytes.length }],
      inputs: session.inputs.map((info) => ({ name: info.name, type: info.type, shape: info.shape ?? [] })),
      outputs: session.outputs.map((info) => ({ name: info.name, type: info.type, shape: info.shape ?? [] })),
    },
    requirements: {
      architectures: [process.arch],
      minAvailableMemoryBytes: 0,
      runtime: { name: 'onnxruntime', minVersion: '1.0.0' },
    },
    golden: {
      blob: { digest: digestOf(golden), sizeBytes: golden.length },
      cases: [goldenCase],
      tolerance: { absolute: 1e-3, relative: 1e-3 },
    },
    budget: { latencyP95Ms: null, latencyRuns: 20 },
    probation: { durationMs: 0, maxErrorRatio: 0.5, tries: 3 },
    runtimeOptions: { intraOpNumThreads: 1 },
  };
  session.dispose();
  const manifestDigest = digestOf(Buffer.from(JSON.stringify(release)));
  return { releaseId: releaseId(name, version, manifestDigest), manifestDigest, directory, release };
}

function place(
  blob: { parts: Uint8Array[]; length: number },
  tensors: Readonly<Record<string, TensorValue>>,
): TensorRef[] {
  return Object.entries(tensors).map(([name, tensor]) => {
    const bytes = bytesOfTensor(tensor);
    // Copied: the tensor's memory may be reused.
    blob.parts.push(Uint8Array.from(bytes));
    const offset = blob.length;
    blob.length += bytes.length;
    return { name, type: tensor.type, shape: [...tensor.shape], offset, length: bytes.length };
  });
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
