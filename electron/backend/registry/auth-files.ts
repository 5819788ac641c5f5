// Logins that docker and podman keep: their auth files in the order in which podman looks, and docker's credential helpers.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { AppError } from '../../../shared/errors/app-error.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** An OAuth 2 refresh token instead of a password (docker's `identitytoken`). */
  readonly isRefreshToken: boolean;
}

const entrySchema = z.object({
  auth: z.optional(z.string()),
  username: z.optional(z.string()),
  password: z.optional(z.string()),
  identitytoken: z.optional(z.string()),
});
const fileSchema = z.object({
  auths: z.optional(z.record(z.string(), entrySchema)),
  credHelpers: z.optional(z.record(z.string(), z.string())),
  credsStore: z.optional(z.string()),
});
type AuthFile = z.infer<typeof fileSchema>;

const helperSchema = z.object({ Username: z.string(), Secret: z.string() });
const HELPER_NAME = /^[A-Za-z0-9_-]+$/;
const HELPER_MS = 30_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** Paths of the auth files that there may be, first the one that wins (containers-auth.json(5)). */
export function authFilePaths(env: Environment, home = homedir()): string[] {
  const { REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR, XDG_CONFIG_HOME, DOCKER_CONFIG } = env;
  return [
    ...(REGISTRY_AUTH_FILE ? [REGISTRY_AUTH_FILE] : []),
    ...(XDG_RUNTIME_DIR ? [join(XDG_RUNTIME_DIR, 'containers', 'auth.json')] : []),
    join(XDG_CONFIG_HOME || join(home, '.config'), 'containers', 'auth.json'),
    join(DOCKER_CONFIG || join(home, '.docker'), 'config.json'),
  ];
}

/**
 * The login for a repository, null where nobody logged in. An entry for a longer path goes before one for the host.
 * @throws REGISTRY_AUTH_FAILED for a file or a helper that cannot be used
 */
export async function findCredentials(
  registry: string,
  repository: string,
  env: Environment,
): Promise<Credentials | null> {
  for (const path of authFilePaths(env)) {
    const file = await readAuthFile(path);
    const found = file && (await fromFile(file, path, registry, repository, env));
    if (found) return found;
  }
  return null;
}

async function fromFile(
  file: AuthFile,
  path: string,
  registry: string,
  repository: string,
  env: Environment,
): Promise<Credentials | null> {
  const helper = file.credHelpers?.[registry];
  if (helper !== undefined) return askHelper(helper, registry, env);
  const auths = new Map(Object.entries(file.auths ?? {}).map(([key, entry]) => [plainKey(key), entry]));
  for (const name of namesOf(registry, repository)) {
    const found = auths.get(name);
    const credentials = found && fromEntry(found, path);
    if (credentials) return credentials;
  }
  return file.credsStore === undefined ? null : askHelper(file.credsStore, registry, env);
}

/** `https://host/v1/` and `host` are the same registry. */
function plainKey(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/\/(?:v[12]\/?)?$/, '');
}

/** `host/a/b`, `host/a`, `host`. */
function namesOf(registry: string, repository: string): string[] {
  const parts = [registry, ...repository.split('/')];
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
}

function fromEntry(entry: z.infer<typeof entrySchema>, path: string): Credentials | null {
  const pair = entry.auth ? Buffer.from(entry.auth, 'base64').toString('utf8') : undefined;
  const colon = pair?.indexOf(':') ?? -1;
  if (pair !== undefined && colon < 1) throw unusable(path, 'an entry in it is not a user name and a password');
  const username = pair === undefined ? (entry.username ?? '') : pair.slice(0, colon);
  if (entry.identitytoken) return { username, password: entry.identitytoken, isRefreshToken: true };
  // docker writes an empty entry where a helper keeps the password.
  if (pair === undefined && entry.password === undefined) return null;
  const password = pair === undefined ? (entry.password ?? '') : pair.slice(colon + 1).replace(/\0+$/, '');
  return { username, password, isRefreshToken: false };
}

async function readAuthFile(path: string): Promise<AuthFile | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw unusable(path, 'it cannot be read', error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may be a password.
    throw unusable(path, 'it is not JSON');
  }
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success) throw unusable(path, 'it has an unknown form');
  return parsed.data;
}

/** docker-credential-helpers' protocol: the host on standard input of `docker-credential-NAME get`, JSON on its output. */
async function askHelper(name: string, registry: string, env: Environment): Promise<Credentials | null> {
  const program = `docker-credential-${name}`;
  if (!HELPER_NAME.test(name)) throw unusable(program, 'it is not the name of a credential helper');
  const output = await new Promise<string | null>((resolve, reject) => {
    const child = execFile(program, ['get'], { timeout: HELPER_MS, env: { ...env } }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      // How helpers say that they hold nothing for this host.
      else if (/not found/i.test(`${stdout}${stderr}`)) resolve(null);
      else reject(unusable(program, error.code === 'ENOENT' ? 'it is not installed' : 'it failed'));
    });
    // A helper that is not there, or does not read, is reported by the callback.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(registry);
  });
  if (output === null) return null;
  let answer: z.infer<typeof helperSchema>;
  try {
    answer = helperSchema.parse(JSON.parse(output));
  } catch {
    throw unusable(program, 'its answer cannot be read');
  }
  return { username: answer.Username, password: answer.Secret, isRefreshToken: answer.Username === '<token>' };
}

function unusable(what: string, reason: string, cause?: unknown): AppError {
  return new AppError(
    'REGISTRY_AUTH_FAILED',
    `The login for the registry cannot be taken from ${what}: ${reason}; mend that, or give --username and --password-stdin.`,
    { details: { what, reason }, cause },
  );
}
