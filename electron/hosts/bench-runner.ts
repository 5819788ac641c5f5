// The sidecar of this computer: a plain Node process that holds one model, so that whatever the model does hurts nobody else.
import { parseArgs } from 'node:util';
import { serveRunner } from '../../devices/runtime/runner/serve-runner.ts';

const { values } = parseArgs({ options: { 'ort-dir': { type: 'string' } } });
await serveRunner({ ortDir: values['ort-dir'] });
