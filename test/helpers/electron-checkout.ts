// A miniature checkout for tests of the desktop shell: the real main and preload, a backend with the small test router, a page that drives it.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { repositoryRoot } from '../house/vehicles.ts';

export interface TestCheckout {
  readonly folder: string;
  remove(): Promise<void>;
}

export async function createTestCheckout(): Promise<TestCheckout> {
  const folder = await mkdtemp(join(tmpdir(), 'lineside-checkout-'));
  const [app, renderer] = [join(folder, 'out/app'), join(folder, 'out/renderer')];
  await mkdir(renderer, { recursive: true });
  await symlink(join(repositoryRoot, 'node_modules'), join(folder, 'node_modules'));
  const child = fileURLToPath(new URL('./electron-child.ts', import.meta.url));
  const common: BuildOptions = { bundle: true, logLevel: 'warning', absWorkingDir: repositoryRoot };
  const shell: BuildOptions = {
    ...common,
    platform: 'node',
    format: 'cjs',
    external: ['electron'],
    outdir: app,
    outExtension: { '.js': '.cjs' },
  };
  await Promise.all([
    build({ ...shell, entryPoints: [join(repositoryRoot, 'electron/main/main.ts')], target: 'node16' }),
    build({ ...shell, entryPoints: [join(repositoryRoot, 'electron/preload/preload.ts')], target: 'chrome108' }),
    build({
      ...common,
      entryPoints: [fileURLToPath(new URL('./electron-page.ts', import.meta.url))],
      outfile: join(renderer, 'page.js'),
      platform: 'browser',
      format: 'esm',
      target: 'chrome108',
    }),
  ]);
  const hosts = join(folder, 'electron/hosts');
  await mkdir(hosts, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await writeFile(join(hosts, 'child.ts'), `import ${JSON.stringify(child)};\n`);
  await writeFile(join(renderer, 'index.html'), PAGE);
  await writeFile(join(folder, 'out/secret.txt'), 'not for the page');
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Shell under test</title>
    <style nonce="__LINESIDE_NONCE__">h1 { color: rgb(1, 2, 3); }</style>
    <style>h1 { background-color: rgb(9, 9, 9); }</style>
    <script>window.inlineScriptRan = true;</script>
    <script type="module" src="/page.js"></script>
  </head>
  <body><h1>Shell under test</h1></body>
</html>
`;
