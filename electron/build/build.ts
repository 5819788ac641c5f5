// `npm run build`: everything that a package or `npm start` runs, into out/app and out/renderer.
import { rm } from 'node:fs/promises';
import { bundleElectronPrograms, bundleNodePrograms } from './bundle.ts';
import { buildRenderer } from './ensure-renderer.ts';
import { appFolder } from './paths.ts';

await rm(appFolder, { recursive: true, force: true });
await Promise.all([bundleNodePrograms(), buildRenderer()]);
await bundleElectronPrograms();
