// Files of the kernel that stay open, and the integers in them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  integerAfter,
  KeptFile,
  parsedEnd,
  parseIntegerAt,
  sensorStateOfError,
} from '../../../devices/sensors/kept-file.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineside-kept-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('KeptFile', () => {
  it('reads the newest content over one descriptor', () => {
    const path = join(folder, 'value');
    writeFileSync(path, '12\n');
    const file = new KeptFile(path);
    expect(file.readInteger()).toBe(12);
    writeFileSync(path, '-256000\n');
    expect(file.readInteger()).toBe(-256_000);
    file.close();
  });

  it('says why it cannot read, stays silent until told to retry, and then reads', () => {
    const path = join(folder, 'late');
    const file = new KeptFile(path);
    expect(file.readInteger()).toBeNaN();
    expect(file.state).toBe('unsupported');
    writeFileSync(path, '7');
    expect(file.readInteger()).toBeNaN();
    file.retry();
    expect(file.readInteger()).toBe(7);
    expect(file.state).toBe('ok');
    file.close();
  });

  it('takes a path that cannot be read as a file for an error', () => {
    const file = new KeptFile(folder);
    expect(file.read()).toBe(-1);
    expect(file.state).toBe('error');
  });

  it.each([
    ['ENOENT', 'unsupported'],
    ['EOPNOTSUPP', 'unsupported'],
    ['EACCES', 'unprivileged'],
    ['EPERM', 'unprivileged'],
    ['EAGAIN', 'off'],
    ['EIO', 'error'],
  ])('names %s %s', (code, state) => {
    expect(sensorStateOfError(Object.assign(new Error(code), { code }))).toBe(state);
  });
});

describe('parseIntegerAt', () => {
  it('skips blanks, stops at the first other byte and tells where', () => {
    const bytes = Buffer.from(' \t 42kB');
    expect(parseIntegerAt(bytes, 0, bytes.length)).toBe(42);
    expect(parsedEnd).toBe(5);
  });

  it('does not read past the end, where an older and longer read may have left digits', () => {
    const bytes = Buffer.from('12345');
    expect(parseIntegerAt(bytes, 0, 2)).toBe(12);
    expect(integerAfter(Buffer.from('ab 1 cd 2'), 5, Buffer.from('cd'))).toBeNaN();
  });

  it('gives NaN where there is no digit', () => {
    expect(parseIntegerAt(Buffer.from('x'), 0, 1)).toBeNaN();
    expect(parseIntegerAt(Buffer.from('-'), 0, 1)).toBeNaN();
  });
});
