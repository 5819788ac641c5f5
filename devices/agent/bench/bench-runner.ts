// The sidecar of a device: the same program as on the laptop, with the runtime of the device's kit.
import { parseArgs } from 'node:util';
import { serveRunner } from '../../runtime/runner/serve-runner.ts';

const { values } = parseArgs({ options: { 'ort-dir': { type: 'string' } } });
await serveRunner({ ortDir: values['ort-dir'] });
