// Reads a private key file and says in one sentence what is wrong with it.
import { readFile } from 'node:fs/promises';
import ssh2, { type ParsedKey } from 'ssh2';
import { AppError } from '../../shared/errors/app-error.ts';

function keyUnreadable(file: string, problem: string, more: { isMissing?: boolean; cause?: unknown } = {}): AppError {
  const { isMissing, cause } = more;
  return new AppError('SSH_KEY_UNREADABLE', `The key file ${file} ${problem}.`, {
    details: { file, ...(isMissing ? { isMissing } : {}) },
    ...(cause === undefined ? {} : { cause }),
  });
}

/**
 * The one private key in a file, in any form that OpenSSH or PuTTY write.
 * @throws SSH_KEY_UNREADABLE, with `details.isMissing` where there is no such file; never with key material or the
 * passphrase in its text.
 */
export async function readIdentityFile(file: string, passphrase: string | undefined): Promise<ParsedKey> {
  let text: Buffer;
  try {
    text = await readFile(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    const problems: Readonly<Record<string, string>> = {
      ENOENT: 'does not exist; check the path',
      EISDIR: 'is a folder; name the private key file in it',
    };
    throw keyUnreadable(file, problems[code] ?? `cannot be read (${code}); check its permissions`, {
      isMissing: code === 'ENOENT',
      cause: error,
    });
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
