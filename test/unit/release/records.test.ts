import { describe, expect, it } from 'vitest';
import { encodeRecord } from '../../../devices/agent/release/journal.ts';
import { compareVersions } from '../../../devices/agent/release/preflight.ts';
import { applyRecord, EMPTY_STATE, type EngineState, type RecordBody } from '../../../devices/agent/release/records.ts';
import { foldJournal } from '../../../devices/agent/release/state-store.ts';

const release = (version: string) => ({
  releaseId: `digits-${version}`,
  name: 'digits',
  version,
  manifestDigest: `sha256:${version}`,
  model: { name: 'digits', version },
});
const begin = (version: string): RecordBody => ({
  type: 'begin',
  txn: `txn-${version}`,
  holder: 'anna',
  kind: 'install',
  candidate: release(version),
});
const fold = (...bodies: RecordBody[]): EngineState =>
  bodies.reduce((state, body, index) => applyRecord(state, { seq: index + 1, body }), EMPTY_STATE);
const through = (version: string): RecordBody[] => [
  begin(version),
  { type: 'staged' },
  { type: 'armed' },
  { type: 'intent' },
  { type: 'switched', triesLeft: 2 },
];
const commit: RecordBody = { type: 'commit', timeMs: 5 };

describe('the state that records add up to', () => {
  it('commits only by the commit record', () => {
    expect(fold(...through('1')).committed).toBeNull();
    expect(fold(...through('1'), commit)).toMatchObject({
      committed: release('1'),
      transaction: null,
      lastOutcome: { result: 'committed' },
    });
  });

  it('keeps the release before as the previous one', () => {
    const state = fold(...through('1'), commit, ...through('2'), commit);
    expect(state).toMatchObject({ committed: release('2'), previous: release('1') });
  });

  it('gives tries only from the switch on, and good time only from there', () => {
    const state = fold(...through('1'), { type: 'probation', triesLeft: 1, goodMs: 700 });
    expect(state.transaction).toMatchObject({ phase: 'probation', triesLeft: 1, goodMs: 700 });
    expect(fold(...through('1').slice(0, 3)).transaction).toMatchObject({ triesLeft: 0, goodMs: 0 });
  });

  it('marks a candidate with its class when it is taken back, and clears the mark when it is committed', () => {
    const error = { code: 'PROBATION_FAILED', message: 'm', details: {}, retryable: false };
    const bad = { class: 'transient' as const, code: 'PROBATION_FAILED', message: 'm' };
    const back: RecordBody[] = [
      ...through('1'),
      { type: 'rollback-intent', error },
      { type: 'rollback-done', timeMs: 5, bad, safeReason: null },
    ];
    expect(fold(...back)).toMatchObject({
      committed: null,
      transaction: null,
      bad: { 'sha256:1': bad },
      lastOutcome: { result: 'rolled-back', error },
    });
    expect(fold(...back, ...through('1'), commit).bad).toEqual({});
  });

  it('remembers at most 64 marks, the newest', () => {
    const failures = Array.from({ length: 70 }, (_, index): RecordBody[] => [
      begin(`v${index}`),
      { type: 'ended', result: 'failed', error: null, bad: { class: 'transient', code: 'X', message: '' }, timeMs: 1 },
    ]).flat();
    const marks = Object.keys(fold(...failures).bad);
    expect(marks).toHaveLength(64);
    expect(marks.at(-1)).toBe('sha256:v69');
  });

  it('takes a snapshot as it is', () => {
    const state = fold(...through('1'), commit);
    expect(applyRecord(EMPTY_STATE, { seq: 40, body: { type: 'snapshot', state } })).toEqual({ ...state, seq: 40 });
  });

  it('comes from the journal up to the first record that is not understood', () => {
    const record = (value: unknown) => encodeRecord(Buffer.from(JSON.stringify(value)));
    const known = Buffer.concat(through('1').map((body, index) => record({ seq: index + 1, body })));
    const bytes = Buffer.concat([
      known,
      record({ seq: 6, body: { type: 'of-a-later-version' } }),
      record({ seq: 7, body: commit }),
    ]);
    const folded = foldJournal(bytes);
    expect(folded.state?.transaction?.phase).toBe('probation');
    expect(folded.validBytes).toBe(known.length);
  });
});

describe('compareVersions', () => {
  it.each([
    ['1.30.0', '1.30.0', 0],
    ['1.9.0', '1.30.0', -1],
    ['1.30', '1.30.0', 0],
    ['2.0.0', '1.30.0', 1],
    ['1.30.1-dev', '1.30.0', 1],
    ['0.0.0', '1.20.0', -1],
  ])('%s against %s', (a, b, sign) => {
    expect(Math.sign(compareVersions(a, b))).toBe(sign);
  });
});
