// Prepares the way to log in that was asked for: reads keys, asks the ssh-agent, and says afterwards what was tried.
import ssh2, { type AnyAuthMethod, type KnownPublicKeys, type OpenSSHAgent, type ParsedKey } from 'ssh2';
import { AppError } from '../../shared/errors/app-error.ts';
import type { SshAuth } from './connection.ts';
import { readIdentityFile } from './identity-file.ts';

export interface Login {
  /** The next attempt, or false when there is none left; `offered` is what the server said it takes (null: not said yet). */
  next(offered: readonly string[] | null): AnyAuthMethod | false;
  /** The error for a login in which all attempts failed. */
  failure(where: string): AppError;
}

/** @throws SSH_AGENT_UNAVAILABLE */
async function checkAgent(socket: string | undefined): Promise<{ agent: OpenSSHAgent; publicKeys: readonly Buffer[] }> {
  if (socket === undefined || socket === '') {
    throw new AppError(
      'SSH_AGENT_UNAVAILABLE',
      'No ssh-agent is known (SSH_AUTH_SOCK is not set); start one with ssh-agent, or give a key file.',
    );
  }
  const agent = new ssh2.OpenSSHAgent(socket);
  const keys = await new Promise<KnownPublicKeys<ParsedKey>>((resolve, reject) => {
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
  return { agent, publicKeys: keys.flatMap((key) => ('pubKey' in key ? [] : [key.getPublicSSH()])) };
}

interface Attempts {
  readonly attempts: AnyAuthMethod[];
  /** Completes "X did not accept …". */
  readonly shown: string;
  /** Sentences about keys that were there and could not be tried. */
  readonly passedOver?: readonly string[];
}

/**
 * What `ssh` does when nothing else is said: the agent's keys, then the usual files. What cannot be used is passed over
 * as long as something else is left to try.
 */
async function usualAttempts(user: string, auth: Extract<SshAuth, { kind: 'usual' }>): Promise<Attempts> {
  const attempts: AnyAuthMethod[] = [];
  const shown: string[] = [];
  const passedOver: AppError[] = [];
  let agentKeys: readonly Buffer[] = [];
  let agentProblem: AppError | null = null;
  if (auth.agentSocket !== null) {
    try {
      const { agent, publicKeys } = await checkAgent(auth.agentSocket);
      agentKeys = publicKeys;
      attempts.push({ type: 'agent', username: user, agent });
      shown.push('the keys of the ssh-agent');
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      agentProblem = error;
    }
  }
  for (const file of auth.identityFiles) {
    try {
      const key = await readIdentityFile(file, undefined);
      // A server counts attempts, so that no key is tried twice.
      if (agentKeys.some((known) => known.equals(key.getPublicSSH()))) continue;
      attempts.push({ type: 'publickey', username: user, key });
      shown.push(`the key ${file}`);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.details['isMissing'] !== true) passedOver.push(error);
    }
  }
  if (attempts.length === 0) {
    throw (
      passedOver[0] ??
      agentProblem ??
      new AppError(
        'SSH_AGENT_UNAVAILABLE',
        `No ssh-agent is running and there is no key of your own (${auth.identityFiles.join(', ')}); start an agent, make a key with ssh-keygen, or name a key file (--identity).`,
      )
    );
  }
  return { attempts, shown: shown.join(' or '), passedOver: passedOver.map(({ message }) => message) };
}

async function attemptsFor(user: string, auth: SshAuth): Promise<Attempts> {
  switch (auth.kind) {
    case 'key':
      return {
        attempts: [
          { type: 'publickey', username: user, key: await readIdentityFile(auth.identityFile, auth.passphrase) },
        ],
        shown: `the key ${auth.identityFile}`,
      };
    case 'agent': {
      const { agent } = await checkAgent(auth.socket ?? process.env['SSH_AUTH_SOCK']);
      return { attempts: [{ type: 'agent', username: user, agent }], shown: 'the keys of the ssh-agent' };
    }
    case 'usual':
      return usualAttempts(user, auth);
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
  const { attempts, shown, passedOver = [] } = await attemptsFor(user, auth);
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
        `${where} did not accept ${shown} for user ${user} (tried: ${tried.join(', ') || 'nothing'}; the server takes: ${offers}); check the user name, and that this login is set up there.${passedOver.map((sentence) => ` ${sentence}`).join('')}`,
        { details: { tried, offered: [...lastOffered] } },
      );
    },
  };
}
