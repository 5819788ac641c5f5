// The ring of past samples.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSampleHistory } from '../../../devices/agent/telemetry/sample-history.ts';

describe('createSampleHistory', () => {
  it('gives the newest lines, oldest first, and no more than there are', () => {
    const history = createSampleHistory(3, 1024);
    for (const line of ['a\n', 'b\n', 'c\n', 'd\n']) history.push(line);
    expect(history.last(2).toString()).toBe('c\nd\n');
    expect(history.last(99).toString()).toBe('b\nc\nd\n');
    expect(history.last(0).toString()).toBe('');
  });

  it('always holds an unbroken run of the newest lines, whatever their lengths', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 60 }), (sizes) => {
        const history = createSampleHistory(8, 80);
        const lines = sizes.map(
          (size, index) => `${String(index).padStart(2, '0')}${'é'.repeat(size % 5)}${'x'.repeat(size % 7)}\n`,
        );
        for (const line of lines) history.push(line);
        const kept = history.last(100).toString();
        expect(kept).toBe(lines.slice(lines.length - history.length).join(''));
        if (lines.length > 0) expect(history.length).toBeGreaterThan(0);
      }),
    );
  });
});
