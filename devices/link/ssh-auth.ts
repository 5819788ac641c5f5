// Prepares the one way to log in that was asked for: reads the key, asks the ssh-agent, and says afterwards what was tried.
import { readFile } from 'node:fs/promises';
import ssh2, { type AnyAuthMethod, type OpenSSHAgent, type ParsedKey } from 'ssh2';
import { AppError } from '../../shared/errors/app-error.ts';
import type { SshAuth } from './connection.ts';

export interface Login {
  /** The next attempt, or false when there is none left; `offered` is what the server said it takes (null: not said yet). */
  next(offered: readonly string[] | null): AnyAuthMethod | false;
  /** The error for a login in which all attempts failed. */
  failure(where: string): AppError;
}

function keyUnreadable(file: string, problem: string, cause?: unknown): AppError {
  return new AppError('SSH_KEY_UNREADABLE', `The key file ${file} ${problem}.`, {
    details: { file },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** @throws SSH_KEY_UNREADABLE; never with key material or the passphrase in its text. */
async function readKey(file: string, passphrase: string | undefined): Promise<ParsedKey> {
  let text: Buffer;
  try {
    text = await readFile(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    const problems: Readonly<Record<string, string>> = {
      ENOENT: 'does not exist; check the path',
      EISDIR: 'is a folder; name the private key file in it',
    };
    throw keyUnreadable(file, problems[code] ?? `cannot be read (${code}); check its permissions`, error);
  }
  const parsed = ssh2.utils.parseKey(text, passphrase);
  if (parsed instanceof Error) {
    if (/no passphrase given/i.test(parsed.message))
      throw keyUnreadable(file, 'is locked with a passphrase; give the passphrase or load the key into an ssh-agent');
    if (/passphrase|integrity check/i.test(parsed.message))
      throw keyUnreadable(file, 'cannot be unlocked with this passphrase');
    throw keyUnreadable(file, 'holds no private key in a form that is understood; make one with ssh-keygen -t ed25519');
  }
  // An OpenSSH key file may hold several keys by its format; only one is ever written.
  const key = ([parsed] as ParsedKey[]).flat()[0];
  if (!key?.isPrivateKey()) throw keyUnreadable(file, 'holds only the public half; give the private key file');
  return key;
}

/** @throws SSH_AGENT_UNAVAILABLE */
async function checkAgent(socket: string | undefined): Promise<OpenSSHAgent> {
  if (socket === undefined || socket === '') {
    throw new AppError(
      'SSH_AGENT_UNAVAILABLE',
      'No ssh-agent is known (SSH_AUTH_SOCK is not set); start one with ssh-agent, or give a key file.',
    );
  }
  const agent = new ssh2.OpenSSHAgent(socket);
  const keys = await new Promise<unknown[]>((resolve, reject) => {
    agent.getIdentities((error, found) => (error ? reject(error) : resolve(found ?? [])));
  }).catch((error: unknown) => {
    throw new AppError(
      'SSH_AGENT_UNAVAILABLE',
      `The ssh-agent at ${socket} does not answer; start one with ssh-agent, or give a key file.`,
      { cause: error },
    );
  });
  if (keys.length === 0) {
    throw new AppError(
      'SSH_AGENT_UNAVAILABLE',
      'The ssh-agent holds no keys; add one with ssh-add, or give a key file.',
    );
  }
  return agent;
}

async function attemptsFor(user: string, auth: SshAuth): Promise<{ attempts: AnyAuthMethod[]; shown: string }> {
  switch (auth.kind) {
    case 'key':
      return {
        attempts: [{ type: 'publickey', username: user, key: await readKey(auth.identityFile, auth.passphrase) }],
        shown: `the key ${auth.identityFile}`,
      };
    case 'agent':
      return {
        attempts: [
          { type: 'agent', username: user, agent: await checkAgent(auth.socket ?? process.env['SSH_AUTH_SOCK']) },
        ],
        shown: 'the keys of the ssh-agent',
      };
    case 'password': {
      const { password } = auth;
      return {
        attempts: [
          { type: 'password', username: user, password },
          {
            type: 'keyboard-interactive',
            username: user,
            prompt: (_name, _instructions, _language, prompts, finish) => finish(prompts.map(() => password)),
          },
        ],
        shown: 'the password',
      };
    }
  }
}

/**
 * Reads what the login needs before any connection is made.
 * @throws SSH_KEY_UNREADABLE, SSH_AGENT_UNAVAILABLE
 */
export async function prepareLogin(user: string, auth: SshAuth): Promise<Login> {
  const { attempts, shown } = await attemptsFor(user, auth);
  const tried: string[] = [];
  let lastOffered: readonly string[] = [];
  const nameOf = (attempt: AnyAuthMethod) => (attempt.type === 'agent' ? 'publickey' : attempt.type);

  return {
    next(offered) {
      if (offered) lastOffered = offered;
      for (let attempt = attempts.shift(); attempt; attempt = attempts.shift()) {
        if (offered && !offered.includes(nameOf(attempt))) continue;
        tried.push(nameOf(attempt));
        return attempt;
      }
      return false;
    },
    failure(where) {
      const offers = lastOffered.length > 0 ? lastOffered.join(', ') : 'no other method';
      return new AppError(
        'SSH_AUTH_FAILED',
        `${where} did not accept ${shown} for user ${user} (tried: ${tried.join(', ') || 'nothing'}; the server takes: ${offers}); check the user name, and that this login is set up there.`,
        { details: { tried, offered: [...lastOffered] } },
      );
    },
  };
}
