// A throw-away edge box: a real OpenSSH server on a loopback address, run as the current user, with its own home and host key.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { AppError } from '../../shared/errors/app-error.ts';
import { hasBanner } from './banner.ts';
import { childrenOf, processesWithMark } from './box-processes.ts';
import { findSshd, findSshKeygen } from './find-sshd.ts';
import { endProcess, isAlive } from './process-end.ts';

const run = promisify(execFile);
const startLimitMs = 10_000;
const startAttempts = 3;

export interface SshdBoxOptions {
  /** Letters, digits and dashes; also the name of the box's folder in `baseDir`. */
  readonly name: string;
  /** Folder in which the box makes its own folder. */
  readonly baseDir: string;
  /** A loopback address, default 127.0.0.1. */
  readonly address?: string;
  /** 0 (default): any free port. */
  readonly port?: number;
  /** A line of authorized_keys; without it the box makes a key pair of its own. */
  readonly authorizedKey?: string;
  /** Further lines for sshd_config, as `AllowStreamLocalForwarding no`. */
  readonly extraConfig?: readonly string[];
  /** Further variables for everything that runs in the box. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface SshdBox {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The box's own home. */
  readonly home: string;
  /** Private key that the box lets in; null when the caller gave an `authorizedKey`. */
  readonly identityFile: string | null;
  /** `SHA256:…` of the present host key. */
  hostKeyFingerprint(): string;
  /** Kills the server and all its connections, as when the box loses its network; agents go on. */
  kill(): Promise<void>;
  /** Kills and starts the server again on the same port. */
  restart(): Promise<void>;
  /** Stops the server and its connections in mid-air: connections stay open and nothing answers. */
  suspend(): void;
  resume(): void;
  /** Gives the box a new host key and starts its server again. */
  replaceHostKey(): Promise<void>;
  /** Ends the server and everything that was started inside. The box's folder stays. */
  stop(): Promise<void>;
}

async function freePort(address: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, address, resolve);
  });
  const bound = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (bound === null || typeof bound === 'string') throw new Error('a TCP server has an address object');
  return bound.port;
}

async function makeKey(keygen: string, file: string, comment: string): Promise<void> {
  await rm(file, { force: true });
  await rm(`${file}.pub`, { force: true });
  await run(keygen, ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file]);
}

interface BoxFiles {
  readonly directory: string;
  readonly home: string;
  readonly hostKey: string;
  readonly config: string;
  readonly log: string;
  readonly authorizedKeys: string;
}

function filesOf(options: SshdBoxOptions): BoxFiles {
  const directory = join(options.baseDir, options.name);
  return {
    directory,
    home: join(directory, 'home'),
    hostKey: join(directory, 'host_key'),
    config: join(directory, 'sshd_config'),
    log: join(directory, 'sshd.log'),
    authorizedKeys: join(directory, 'authorized_keys'),
  };
}

/**
 * The environment marks every process of the box, so that `stop` finds those that outlive their connection. An empty
 * XDG_RUNTIME_DIR and LINESIDE_START_MODES keep the box from using this computer's own systemd and cron.
 */
function configText(options: SshdBoxOptions, files: BoxFiles, port: number): string {
  const environment = {
    HOME: files.home,
    XDG_RUNTIME_DIR: '',
    LINESIDE_START_MODES: 'detached',
    LINESIDE_BOX: files.directory,
    ...options.environment,
  };
  const assignments = Object.entries(environment).map(([name, value]) => `"${name}=${value}"`);
  return [
    // The first value of a setting counts, so that the caller's lines come first.
    ...(options.extraConfig ?? []),
    `Port ${port}`,
    `ListenAddress ${options.address ?? '127.0.0.1'}`,
    `HostKey "${files.hostKey}"`,
    'PidFile none',
    `AuthorizedKeysFile "${files.authorizedKeys}"`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'PermitUserRC no',
    'PrintMotd no',
    'UseDNS no',
    'MaxStartups 200:30:400',
    'MaxSessions 200',
    'LogLevel VERBOSE',
    'Subsystem sftp internal-sftp',
    `SetEnv ${assignments.join(' ')}`,
    '',
  ].join('\n');
}

async function prepareFiles(options: SshdBoxOptions, files: BoxFiles, keygen: string): Promise<string | null> {
  await mkdir(files.home, { recursive: true, mode: 0o700 });
  await chmod(files.directory, 0o700);
  await makeKey(keygen, files.hostKey, options.name);
  if (options.authorizedKey !== undefined) {
    await writeFile(files.authorizedKeys, `${options.authorizedKey.trim()}\n`, { mode: 0o600 });
    return null;
  }
  const identity = join(files.directory, 'id_ed25519');
  await makeKey(keygen, identity, `login of ${options.name}`);
  await writeFile(files.authorizedKeys, await readFile(`${identity}.pub`), { mode: 0o600 });
  return identity;
}

/** Starts the server in the foreground of a child and waits for its greeting. */
async function startServer(sshd: string, files: BoxFiles, address: string, port: number): Promise<ChildProcess> {
  const log = openSync(files.log, 'a', 0o600);
  // A clean environment: what the box sees must not depend on who started it.
  const child = spawn(sshd, ['-D', '-e', '-f', files.config], {
    stdio: ['ignore', 'ignore', log],
    env: { PATH: process.env['PATH'] ?? '' },
  });
  closeSync(log);
  let fault: Error | null = null;
  child.once('error', (error) => {
    fault = error;
  });
  const deadline = performance.now() + startLimitMs;
  while (performance.now() < deadline && child.exitCode === null && child.signalCode === null && fault === null) {
    if (await hasBanner(address, port)) return child;
    await sleep(10);
  }
  child.kill('SIGKILL');
  const lastLines = (await readFile(files.log, 'utf8')).trim().split('\n').slice(-3).join(' | ');
  throw new AppError(
    'SSH_CONNECT_FAILED',
    `The SSH server of the simulated box ${files.directory} did not start: ${lastLines || String(fault)}.`,
  );
}

/**
 * Makes a box's folder, keys and home, and starts its server.
 * @throws NOT_FOUND when OpenSSH's server is not installed, SSH_CONNECT_FAILED when it does not start
 */
export async function startSshdBox(options: SshdBoxOptions): Promise<SshdBox> {
  const sshd = findSshd();
  const keygen = findSshKeygen();
  if (sshd === null || keygen === null) {
    throw new AppError(
      'NOT_FOUND',
      'No OpenSSH server is installed on this computer; install the packages openssh-server and openssh-client.',
    );
  }
  const address = options.address ?? '127.0.0.1';
  const files = filesOf(options);
  const identityFile = await prepareFiles(options, files, keygen);
  // sshd, when run by root, insists on its empty folder for the unprivileged part.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });

  let server: ChildProcess | null = null;
  let port = options.port ?? 0;
  const start = async (): Promise<void> => {
    await writeFile(files.config, configText(options, files, port), { mode: 0o600 });
    server = await startServer(sshd, files, address, port);
  };
  const startOnFreePort = async (): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      port = await freePort(address);
      try {
        await start();
        return;
      } catch (error) {
        // Another process may have taken the port in between.
        if (attempt >= startAttempts) throw error;
      }
    }
  };
  let fingerprint = '';
  const readFingerprint = async (): Promise<void> => {
    const { stdout } = await run(keygen, ['-l', '-f', `${files.hostKey}.pub`]);
    fingerprint = stdout.split(' ')[1] ?? '';
  };
  /** The server and the processes that hold its connections, but not what was started through them. */
  const serverPids = (): number[] => {
    const root = server?.pid;
    if (root === undefined || !isAlive(root)) return [];
    return [root, ...childrenOf(root, (name) => name.startsWith('sshd'))];
  };
  const kill = async (): Promise<void> => {
    for (const pid of serverPids()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
    const child = server;
    if (child && child.exitCode === null && child.signalCode === null)
      await new Promise((resolve) => child.once('exit', resolve));
    server = null;
  };

  await readFingerprint();
  await (port === 0 ? startOnFreePort() : start());

  return {
    name: options.name,
    host: address,
    port,
    user: userInfo().username,
    home: files.home,
    identityFile,
    hostKeyFingerprint: () => fingerprint,
    kill,
    async restart() {
      await kill();
      await start();
    },
    suspend() {
      for (const pid of serverPids()) process.kill(pid, 'SIGSTOP');
    },
    resume() {
      for (const pid of serverPids()) process.kill(pid, 'SIGCONT');
    },
    async replaceHostKey() {
      await kill();
      await makeKey(keygen, files.hostKey, options.name);
      await readFingerprint();
      await start();
    },
    async stop() {
      await kill();
      await Promise.all(processesWithMark(`LINESIDE_BOX=${files.directory}`).map((pid) => endProcess(pid)));
    },
  };
}
