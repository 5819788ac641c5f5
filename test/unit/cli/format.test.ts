// Numbers for people.
import { describe, expect, it } from 'vitest';
import { formatAge, formatTime, shortDigest } from '../../../electron/hosts/cli/format.ts';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatMs,
  formatPercent,
  formatRangeMs,
} from '../../../shared/domain/quantities.ts';

describe('numbers for people', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [999_499, '999 kB'],
    [999_500, '1.00 MB'],
    [2_213_456, '2.21 MB'],
    [25_300_000_000, '25.3 GB'],
    [5e15, '5000 TB'],
  ])('%d bytes are %s', (bytes, shown) => expect(formatBytes(bytes)).toBe(shown));

  it.each([
    [null, '–'],
    [0, '0 ms'],
    [0.0256, '25.6 µs'],
    [7.614, '7.61 ms'],
    [999.4, '999 ms'],
    [9999, '9999 ms'],
    [12_345, '12.3 s'],
  ])('%s ms are %s', (ms, shown) => expect(formatMs(ms)).toBe(shown));

  it('shares, counts, ages, digests', () => {
    expect([null, 0.0512, 0.11, 1].map(formatPercent)).toEqual(['–', '5.1 %', '11 %', '100 %']);
    expect([3.25, 542_122].map(formatCount)).toEqual(['3.3', '542,122']);
    expect([0, 59, 60, 3600, 86_400].map((s) => formatAge(0, s * 1000))).toEqual([
      '0 s ago',
      '59 s ago',
      '1 min ago',
      '1 h ago',
      '1 d ago',
    ]);
    expect(formatAge(5000, 0)).toBe('0 s ago');
    expect(shortDigest(`sha256:${'ab'.repeat(32)}`)).toBe('abababababab');
  });

  it('gives both ends of a range one unit and as many digits as tell them apart', () => {
    expect(formatRangeMs(2.501, 2.508)).toBe('2.50 to 2.51 ms');
    expect(formatRangeMs(2.5011, 2.5018)).toBe('2.501 to 2.502 ms');
    expect(formatRangeMs(0.0411, 0.0422)).toBe('41.1 to 42.2 µs');
    expect(formatRangeMs(0.9, 1.2)).toBe('0.90 to 1.20 ms');
    expect(formatRangeMs(9000, 12_000)).toBe('9.0 to 12.0 s');
    expect(formatRangeMs(812, 823)).toBe('812 to 823 ms');
    expect(formatRangeMs(3, 3)).toBe('3.00 to 3.00 ms');
  });

  it('tells lengths of time in a unit or two', () => {
    expect([0, 45_000, 119_400, 720_000, 7_200_000, 5_400_000, 9_000_000].map(formatDuration)).toEqual([
      ...['0 s', '45 s', '119 s', '12 min', '2 h', '90 min', '2 h 30 min'],
    ]);
  });

  it('tells local time to the second', () => {
    expect(formatTime(new Date(2026, 0, 2, 3, 4, 5).getTime())).toBe('2026-01-02 03:04:05');
  });
});
