// The engine's state on disk: the journal is the truth, `state.json` a copy of what it adds up to; either alone is enough.
import { readFile } from 'node:fs/promises';
import { errnoOf } from './device-errors.ts';
import type { DurableFs } from './fs-durable.ts';
import { decodeJournal, encodeRecord, type Journal, openJournal } from './journal.ts';
import type { Layout } from './layout.ts';
import {
  applyRecord,
  EMPTY_STATE,
  type EngineState,
  engineStateSchema,
  journalRecordSchema,
  type RecordBody,
} from './records.ts';

const COMPACT_ABOVE_BYTES = 64 * 1024;

export interface StoredState {
  readonly state: EngineState;
  /** Bytes of the journal that were read and understood. */
  readonly validBytes: number;
  /** True when neither journal nor snapshot told anything: a new device, or one that lost both. */
  readonly isLost: boolean;
}

export interface StateStore {
  readonly state: EngineState;
  /** Appends a record and applies it; the state changes only when the record is on stable storage. */
  append(body: RecordBody): Promise<EngineState>;
  /** Takes back what the open transaction's last record said, for when the disk refuses to be told. */
  setUnrecorded(state: EngineState): void;
  close(): Promise<void>;
}

/** Reads the state without changing anything. */
export async function readState(layout: Layout): Promise<StoredState> {
  const bytes = await readIfThere(layout.journal);
  const fromJournal = foldJournal(bytes ?? Buffer.alloc(0));
  const fromSnapshot = parseSnapshot(await readIfThere(layout.snapshot));
  const known = [fromJournal.state, fromSnapshot].filter((state) => state !== null);
  const [newest] = known.toSorted((a, b) => b.seq - a.seq);
  return { state: newest ?? EMPTY_STATE, validBytes: fromJournal.validBytes, isLost: newest === undefined };
}

/**
 * Opens the store for writing on what `readState` gave.
 * @throws DEVICE_DISK_FULL, DEVICE_READ_ONLY
 */
export async function openStateStore(
  layout: Layout,
  stored: StoredState,
  fs: DurableFs,
  warn: (error: unknown) => void,
): Promise<StateStore> {
  let state = stored.state;
  let journal: Journal | null = null;

  /** Starts the journal anew with one record that holds the whole state. */
  async function compact(): Promise<void> {
    await journal?.close();
    journal = null;
    const seq = state.seq + 1;
    const record = encodeRecord(Buffer.from(JSON.stringify({ seq, body: { type: 'snapshot', state } })));
    await fs.writeFile(layout.journal, record, 'the journal');
    journal = await openJournal(layout.journal, record.length, fs);
    state = { ...state, seq };
  }

  /** What only saves time later must not fail a record that is already safe in the journal. */
  async function tidy(): Promise<void> {
    try {
      // After a record that ends a transaction there is time to shorten the journal; during one there is not.
      if (state.transaction === null && (journal?.lengthBytes ?? 0) > COMPACT_ABOVE_BYTES) await compact();
      await fs.writeFile(layout.snapshot, JSON.stringify(state), 'the state');
    } catch (error) {
      warn(error);
    }
  }

  const journalState = foldJournal((await readIfThere(layout.journal)) ?? Buffer.alloc(0)).state;
  // A journal that does not reach as far as the snapshot must not be continued: its fold would skip what lies between.
  if (journalState !== null && journalState.seq === state.seq) {
    journal = await openJournal(layout.journal, stored.validBytes, fs);
  } else {
    await compact();
  }
  await tidy();

  return {
    get state() {
      return state;
    },
    append: async (body) => {
      if (journal === null) await compact();
      const record = { seq: state.seq + 1, body };
      await journal?.append(Buffer.from(JSON.stringify(record)), body.type);
      state = applyRecord(state, record);
      await tidy();
      return state;
    },
    setUnrecorded: (next) => {
      state = next;
    },
    close: async () => {
      await journal?.close();
      journal = null;
    },
  };
}

/** Adds up the records of a journal as far as they are whole and understood; null when there is none. */
export function foldJournal(bytes: Buffer): { state: EngineState | null; validBytes: number } {
  let state: EngineState | null = null;
  let validBytes = 0;
  for (const payload of decodeJournal(bytes).payloads) {
    const parsed = journalRecordSchema.safeParse(parseJson(payload));
    if (!parsed.success) break;
    state = applyRecord(state ?? EMPTY_STATE, parsed.data);
    validBytes += encodeRecord(payload).length;
  }
  return { state, validBytes };
}

function parseSnapshot(bytes: Buffer | null): EngineState | null {
  if (bytes === null) return null;
  const parsed = engineStateSchema.safeParse(parseJson(bytes));
  return parsed.success ? parsed.data : null;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}

/** Null for a file that is not there or cannot be read: state that is unreadable is rebuilt, only unwritable state stops work. */
async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (errnoOf(error) === null) throw error;
    return null;
  }
}
