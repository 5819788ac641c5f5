// The sidecar of this computer: a plain Node process that holds one model, so that whatever the model does hurts nobody else.
import { parseArgs } from 'node:util';
import { keepCompiledCode } from './compile-cache.ts';

// A comparison starts dozens of these.
keepCompiledCode();
const { values } = parseArgs({ options: { 'ort-dir': { type: 'string' } } });
const { serveRunner } = await import('../../devices/runtime/runner/serve-runner.ts');
await serveRunner({ ortDir: values['ort-dir'] });
