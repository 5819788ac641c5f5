import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkReleasePaths } from '../../../devices/trust/release-paths.ts';
import { AppError } from '../../../shared/errors/app-error.ts';

const malformed = expect.objectContaining({ code: 'BUNDLE_MALFORMED' });

describe('checkReleasePaths', () => {
  it('accepts plain relative paths', () => {
    expect(() =>
      checkReleasePaths(['model.onnx', 'data/weights.bin', 'data/more weights.bin', '模型.onnx', '..a']),
    ).not.toThrow();
  });

  it.each([
    '',
    '/',
    '/etc/passwd',
    '..',
    '../x',
    'a/../../x',
    'a/..',
    '.',
    './a',
    'a/./b',
    'a//b',
    'a/',
    'a\\b',
    '..\\x',
    'C:/x',
    'c:x',
    'a\0b',
    'a\nb',
    'a\u007fb',
    '\u2025', // folds to ".."
    'a/\uff0e\uff0e/b', // full-width dots
    'a\uff0fb', // full-width slash
    '\ud800',
    'x'.repeat(201),
    Array.from({ length: 300 }, () => 'ab').join('/'),
    'golden.bin',
    'GOLDEN.BIN',
    'golden.bin/x',
  ])('refuses %j', (path) => {
    expect(() => checkReleasePaths([path])).toThrow(malformed);
  });

  it.each([
    [['a', 'a']],
    [['Model.onnx', 'model.ONNX']],
    [['\u00e9', 'e\u0301']],
    [['a', 'a/b']],
    [['A/b', 'a']],
    [['\ufb01le', 'file']],
  ])('refuses %j together', (paths) => {
    expect(() => checkReleasePaths(paths)).toThrow(malformed);
  });

  it('never lets a path out of its folder, whatever the text', () => {
    const marks = fc.constantFrom('.', '/', '\\', 'a', '\0', ' ', '\u2024', '\uff0e', ':');
    const text = fc.array(marks, { maxLength: 12 }).map((parts) => parts.join(''));
    const units = fc.array(fc.nat({ max: 0xffff }), { maxLength: 12 }).map((codes) => String.fromCharCode(...codes));
    fc.assert(
      fc.property(fc.oneof(text, units), (path) => {
        try {
          checkReleasePaths([path]);
        } catch (error) {
          return error instanceof AppError && error.code === 'BUNDLE_MALFORMED';
        }
        const resolved = posix.resolve('/root/release', path);
        return resolved === `/root/release/${path}`;
      }),
      { numRuns: 2000 },
    );
  });
});
