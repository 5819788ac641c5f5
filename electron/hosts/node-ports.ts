// The ports of every host that runs on plain Node: data folder, log, sidecars, kits, ssh-agent.
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { destination, pino } from 'pino';
import type { KitSource, Ports, SecretStore, SidecarCommand } from '../backend/ports.ts';
import { createKitSource } from './kit-source.ts';

export interface NodePortsOptions {
  readonly host: Ports['host'];
  /** Default: LINESIDE_DATA_DIR, else the platform's own place. */
  readonly dataDir?: string | undefined;
  readonly kits?: KitSource;
}

/** True when the program runs from its TypeScript sources, false in a bundle. */
const isCheckout = import.meta.url.endsWith('.ts');

/** The folder where Lineside keeps its data when nobody says otherwise. */
export function defaultDataDir(): string {
  const fromEnvironment = process.env['LINESIDE_DATA_DIR'];
  if (fromEnvironment) return fromEnvironment;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'lineside');
  if (process.platform === 'win32') return join(process.env['APPDATA'] ?? homedir(), 'lineside');
  return join(process.env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'lineside');
}

export function createNodePorts(options: NodePortsOptions): Ports {
  const dataDir = options.dataDir ?? defaultDataDir();
  return {
    host: options.host,
    dataDir,
    log: createLog(dataDir),
    sidecars: { benchRunner: sidecar('bench-runner') },
    sampleModelPath: sampleModel(),
    secrets: createMemorySecrets(),
    kits: options.kits ?? createKitSource(dataDir),
    readOnlyKnownHosts: [join(homedir(), '.ssh', 'known_hosts'), '/etc/ssh/ssh_known_hosts'].filter((path) =>
      existsSync(path),
    ),
    sshAgentSocket: process.env['SSH_AUTH_SOCK'] || null,
    defaultIdentityFiles: ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => join(homedir(), '.ssh', name)),
    monitorsFleet: options.host !== 'cli',
  };
}

/** JSON lines in <dataDir>/logs/lineside.log; the file is opened with the first line. */
function createLog(dataDir: string): Ports['log'] {
  let logger: ReturnType<typeof pino> | null = null;
  const open = (): ReturnType<typeof pino> => {
    if (logger) return logger;
    mkdirSync(join(dataDir, 'logs'), { recursive: true, mode: 0o700 });
    const redact = {
      paths: ['password', '*.password', 'passphrase', '*.passphrase', 'privateKey', '*.privateKey'],
      censor: '[secret]',
    };
    logger = pino({ redact }, destination({ dest: join(dataDir, 'logs', 'lineside.log'), sync: true }));
    return logger;
  };
  return {
    info: (details, message) => open().info(details, message),
    warn: (details, message) => open().warn(details, message),
    error: (details, message) => open().error(details, message),
  };
}

/** The sidecar beside this file, on the Node that runs us: never on Electron's binary. */
function sidecar(name: string): SidecarCommand {
  const entry = fileURLToPath(new URL(`./${name}${isCheckout ? '.ts' : '.mjs'}`, import.meta.url));
  return { command: process.execPath, args: ['--disable-warning=ExperimentalWarning', entry] };
}

function sampleModel(): string | null {
  const path = fileURLToPath(
    new URL(isCheckout ? '../samples/digits-mobilenet.onnx' : './samples/digits-mobilenet.onnx', import.meta.url),
  );
  return existsSync(path) ? path : null;
}

/** Secrets that are gone when the process ends. */
function createMemorySecrets(): SecretStore {
  const secrets = new Map<string, string>();
  return {
    get: (key) => Promise.resolve(secrets.get(key) ?? null),
    set: (key, value) => {
      secrets.set(key, value);
      return Promise.resolve();
    },
    delete: (key) => {
      secrets.delete(key);
      return Promise.resolve();
    },
  };
}
