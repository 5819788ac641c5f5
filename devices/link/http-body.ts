// Reads HTTP bodies: whole as text, or line by line as JSON values.
import type { IncomingMessage } from 'node:http';
import { AppError } from '../../shared/errors/app-error.ts';

/** The whole body as UTF-8. */
export async function readText(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (error) {
    throw new AppError('AGENT_INCOMPATIBLE', 'The agent sent a line that is not JSON; set the device up again.', {
      cause: error,
    });
  }
}

/** One JSON value a line (NDJSON). */
export async function* parseLines(message: IncomingMessage): AsyncGenerator<unknown, void, undefined> {
  message.setEncoding('utf8');
  let rest = '';
  for await (const chunk of message as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield parseLine(line);
  }
  if (rest !== '') yield parseLine(rest);
}
