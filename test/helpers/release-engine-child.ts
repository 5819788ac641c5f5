// A process with a release engine that deploys one bundle and kills itself, with SIGKILL, before the step that it is told.
// Arguments: root, file with the bundle, transaction id, name of the step.
import { readFile } from 'node:fs/promises';
import { deploy, deviceAt } from './release-device.ts';
import type { TestBundle } from './signed-bundle.ts';

const [root = '', file = '', txn = '', killBefore = ''] = process.argv.slice(2);
const { manifestBytes, manifestDigest, signatures, blobs, release } = JSON.parse(await readFile(file, 'utf8'));
const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'base64');
const bundle: TestBundle = {
  release,
  manifestDigest,
  manifestBytes: bytesOf(manifestBytes),
  signatures: signatures.map(bytesOf),
  blobs: new Map(Object.entries<string>(blobs).map(([digest, text]) => [digest, bytesOf(text)])),
};
const { engine } = await deviceAt(root).start({
  onStep: (step) => {
    if (step === killBefore) process.kill(process.pid, 'SIGKILL');
  },
});
await deploy(engine, bundle, txn);
await engine.close();
