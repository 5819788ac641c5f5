// The records of the journal and the state that they add up to: a pure fold, so that state can be rebuilt at any time.
import * as z from 'zod/mini';
import { outcomeSchema, releaseSummarySchema, wireErrorSchema } from '../../../shared/agent-protocol/messages.ts';

/** `deterministic` failures are refused until another bundle comes; `transient` ones may be tried again. */
export const badMarkSchema = z.object({
  class: z.enum(['deterministic', 'transient']),
  code: z.string(),
  message: z.string(),
});
export type BadMark = z.infer<typeof badMarkSchema>;

export const transactionStateSchema = z.object({
  txn: z.string(),
  holder: z.string(),
  /** `rollback`: an operator's return to the previous release. */
  kind: z.enum(['install', 'rollback']),
  candidate: releaseSummarySchema,
  /** Committed release when the transaction began. */
  from: z.nullable(releaseSummarySchema),
  phase: z.enum(['receiving', 'staged', 'armed', 'switching', 'probation', 'rolling-back']),
  /** Starts of the worker that are left during probation. */
  triesLeft: z.int(),
  /** Healthy time accumulated during probation, over restarts of the agent. */
  goodMs: z.number(),
  /** Why it rolls back. */
  error: z.nullable(wireErrorSchema),
});
export type TransactionState = z.infer<typeof transactionStateSchema>;

export const engineStateSchema = z.object({
  schemaVersion: z.literal(1),
  /** Of the last record that went into this state. */
  seq: z.int(),
  committed: z.nullable(releaseSummarySchema),
  previous: z.nullable(releaseSummarySchema),
  transaction: z.nullable(transactionStateSchema),
  bad: z.record(z.string(), badMarkSchema),
  lastOutcome: z.nullable(outcomeSchema),
  /** Why neither version could serve, when that was the end of a rollback. */
  safeReason: z.nullable(z.string()),
});
export type EngineState = z.infer<typeof engineStateSchema>;

const recordBody = z.discriminatedUnion('type', [
  z.object({ type: z.literal('snapshot'), state: engineStateSchema }),
  z.object({
    type: z.literal('begin'),
    txn: z.string(),
    holder: z.string(),
    kind: z.enum(['install', 'rollback']),
    candidate: releaseSummarySchema,
  }),
  z.object({ type: z.literal('adopt'), txn: z.string(), holder: z.string() }),
  z.object({ type: z.literal('staged') }),
  z.object({ type: z.literal('armed') }),
  z.object({ type: z.literal('intent') }),
  z.object({ type: z.literal('switched'), triesLeft: z.int() }),
  z.object({ type: z.literal('probation'), triesLeft: z.int(), goodMs: z.number() }),
  z.object({ type: z.literal('commit'), timeMs: z.number() }),
  z.object({ type: z.literal('rollback-intent'), error: wireErrorSchema }),
  z.object({
    type: z.literal('rollback-done'),
    timeMs: z.number(),
    bad: z.nullable(badMarkSchema),
    safeReason: z.nullable(z.string()),
  }),
  z.object({
    type: z.literal('ended'),
    result: z.enum(['failed', 'aborted']),
    error: z.nullable(wireErrorSchema),
    bad: z.nullable(badMarkSchema),
    timeMs: z.number(),
  }),
]);
export type RecordBody = z.infer<typeof recordBody>;

export const journalRecordSchema = z.object({ seq: z.int(), body: recordBody });
export type JournalRecord = z.infer<typeof journalRecordSchema>;

export const EMPTY_STATE: EngineState = {
  schemaVersion: 1,
  seq: 0,
  committed: null,
  previous: null,
  transaction: null,
  bad: {},
  lastOutcome: null,
  safeReason: null,
};

const MAX_BAD_MARKS = 64;

/** The state after a record. */
export function applyRecord(state: EngineState, record: JournalRecord): EngineState {
  const { body } = record;
  if (body.type === 'snapshot') return { ...body.state, seq: record.seq };
  const next = { ...state, seq: record.seq };
  if (body.type === 'begin') {
    const { type: _, ...fields } = body;
    const phase = body.kind === 'rollback' ? 'armed' : 'receiving';
    return { ...next, transaction: { ...fields, from: state.committed, phase, triesLeft: 0, goodMs: 0, error: null } };
  }
  const transaction = state.transaction;
  // Every other record is about the open transaction.
  if (transaction === null) return next;
  switch (body.type) {
    case 'adopt':
      return { ...next, transaction: { ...transaction, txn: body.txn, holder: body.holder } };
    case 'staged':
      return { ...next, transaction: { ...transaction, phase: 'staged' } };
    case 'armed':
      return { ...next, transaction: { ...transaction, phase: 'armed' } };
    case 'intent':
      return { ...next, transaction: { ...transaction, phase: 'switching' } };
    case 'switched':
      return { ...next, transaction: { ...transaction, phase: 'probation', triesLeft: body.triesLeft, goodMs: 0 } };
    case 'probation':
      return { ...next, transaction: { ...transaction, triesLeft: body.triesLeft, goodMs: body.goodMs } };
    case 'commit':
      return committed(next, transaction, body.timeMs);
    case 'rollback-intent':
      return { ...next, transaction: { ...transaction, phase: 'rolling-back', error: body.error } };
    case 'rollback-done':
      return {
        ...ended(next, transaction, 'rolled-back', transaction.error, body.bad, body.timeMs),
        safeReason: body.safeReason,
      };
    case 'ended':
      return ended(next, transaction, body.result, body.error, body.bad, body.timeMs);
  }
}

type OutcomeOf = NonNullable<EngineState['lastOutcome']>;

function committed(state: EngineState, transaction: TransactionState, timeMs: number): EngineState {
  const { [transaction.candidate.manifestDigest]: _, ...bad } = state.bad;
  const result = transaction.kind === 'rollback' ? 'rolled-back' : 'committed';
  const isSame = transaction.from?.releaseId === transaction.candidate.releaseId;
  return {
    ...state,
    committed: transaction.candidate,
    previous: isSame ? state.previous : transaction.from,
    transaction: null,
    bad,
    lastOutcome: outcome(transaction, result, null, timeMs),
    safeReason: null,
  };
}

function ended(
  state: EngineState,
  transaction: TransactionState,
  result: OutcomeOf['result'],
  error: OutcomeOf['error'],
  bad: BadMark | null,
  timeMs: number,
): EngineState {
  const marks = bad === null ? state.bad : { ...state.bad, [transaction.candidate.manifestDigest]: bad };
  return {
    ...state,
    transaction: null,
    bad: Object.fromEntries(Object.entries(marks).slice(-MAX_BAD_MARKS)),
    lastOutcome: outcome(transaction, result, error, timeMs),
  };
}

function outcome(
  transaction: TransactionState,
  result: OutcomeOf['result'],
  error: OutcomeOf['error'],
  finishedAtMs: number,
): OutcomeOf {
  return { txn: transaction.txn, releaseId: transaction.candidate.releaseId, result, error, finishedAtMs };
}
