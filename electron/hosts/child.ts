// Entry: the backend as a child process of the desktop's main process, on plain Node, with its router on the IPC channel.
import { parseArgs } from 'node:util';
import { createBackend } from '../backend/create-backend.ts';
import { serveParent } from './child/serve-parent.ts';
import { createNodePorts } from './node-ports.ts';

const { values } = parseArgs({ options: { 'data-dir': { type: 'string' } } });
const dataDir = values['data-dir'];
const ports = createNodePorts({ host: 'electron', ...(dataDir === undefined ? {} : { dataDir }) });

await serveParent(
  () => createBackend(ports),
  (fault, what) => ports.log.error({ err: fault }, what),
);
