// Debian's `docker-registry` (the reference implementation of the distribution spec) on a loopback port of its own, with its data in a temp folder.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';

export interface DockerRegistry {
  readonly port: number;
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  close(): Promise<void>;
}

/** The login that a registry started with `hasLogin` asks for. */
export const REGISTRY_LOGIN = { username: 'tester', password: 'open sesame' };
/** The same for htpasswd(1), which the registry reads in bcrypt only; 2^4 rounds are enough for a test. */
const HTPASSWD = 'tester:$2b$04$abMRthCIjfaOb5ywnyhv6.odXpBkqCPb/mC1itE0eQXyEOY0qItNq\n';

/** Starts the registry and waits until it answers. `program`: its path. */
export async function startDockerRegistry(
  program: string,
  options: { readonly hasLogin?: boolean } = {},
): Promise<DockerRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-registry-'));
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  writeFileSync(join(folder, 'htpasswd'), HTPASSWD);
  const config = {
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    http: { addr: host, secret: 'not a secret' },
    ...(options.hasLogin === true ? { auth: { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } } } : {}),
  };
  // YAML is a superset of JSON.
  writeFileSync(join(folder, 'config.yml'), JSON.stringify(config));
  const child: ChildProcess = spawn(program, ['serve', join(folder, 'config.yml')], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => {
    child.on('error', () => resolve());
    child.on('exit', () => resolve());
  });
  await eventually('the registry answers', async () => {
    if (child.exitCode !== null) throw new Error('docker-registry ended at once');
    const answer = await fetch(`http://${host}/v2/`).catch(() => null);
    return answer?.status === (options.hasLogin === true ? 401 : 200);
  });
  return {
    port,
    host,
    close: async () => {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
