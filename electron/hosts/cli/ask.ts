// Questions on the terminal: a yes or no, and a password that is not echoed.
import { createInterface } from 'node:readline/promises';
import { addAbortSignal, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { AppError, cancelled } from '../../../shared/errors/app-error.ts';
import { interruptSignal } from './interrupt.ts';

/** @throws CANCELLED on anything but yes; USAGE where there is no terminal to ask on. */
export async function readConfirmation(question: string): Promise<void> {
  if (process.stdin.isTTY !== true)
    throw new AppError('USAGE', `${question} There is no terminal to ask on; add --yes or --accept-new.`);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`${question} [y/N] `).catch(endOfQuestion);
    if (!/^(y|yes)$/i.test(answer.trim())) throw cancelled('The command');
  } finally {
    lines.close();
  }
}

/** The password from standard input, or typed without echo. @throws USAGE where there is no terminal to ask on. */
export async function readPassword(subject: string, isFromStdin: boolean): Promise<string> {
  if (isFromStdin) {
    const given = await text(addAbortSignal(interruptSignal(), process.stdin)).catch(endOfQuestion);
    return given.replace(/\r?\n$/, '');
  }
  if (process.stdin.isTTY !== true)
    throw new AppError('USAGE', 'There is no terminal to ask for the password on; use --password-stdin.');
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  process.stderr.write(`Password for ${subject}: `);
  try {
    const password = await lines.question('').catch(endOfQuestion);
    process.stderr.write('\n');
    return password;
  } finally {
    lines.close();
  }
}

/** Ctrl-C and Ctrl-D end a question without an answer and without a line break. */
function endOfQuestion(error: Error): never {
  if (error.name !== 'AbortError') throw error;
  process.stderr.write('\n');
  throw cancelled('The command');
}
