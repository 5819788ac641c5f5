// Live telemetry to any number of readers as NDJSON; a slow reader gets the newest sample and status, never a growing queue.
import type { ServerResponse } from 'node:http';
import type { AgentEvent, AgentStatus, WatchEvent } from '../../../shared/agent-protocol/messages.ts';
import type { SampleHistory } from '../telemetry/sample-history.ts';

export interface WatchHub {
  /** Keeps the sample in the history and sends it to all readers. `line`: the WatchEvent as JSON with its newline. */
  sample(line: string): void;
  /** Keeps the event for readers to come and sends it to all who are there. */
  event(event: AgentEvent): void;
  /** Sends the status to all readers when it differs from the last one sent. */
  status(): void;
  /** Answers with a status, the last events, up to `historyCount` past samples, then everything as it comes. */
  attach(response: ServerResponse, historyCount: number): void;
  readonly readers: number;
  close(): void;
}

interface Reader {
  readonly response: ServerResponse;
  /** True from a write until its bytes have left this process. */
  isWriting: boolean;
  sample: string | null;
  status: string | null;
  readonly events: string[];
}

/** Events that a reader missed by more than this are dropped, oldest first. */
const MAX_WAITING_EVENTS = 32;

/** Events that happened while nobody listened are told to the next reader. */
const KEPT_EVENTS = 64;

function lineOf(event: WatchEvent): string {
  return `${JSON.stringify(event)}\n`;
}

export function createWatchHub(history: SampleHistory, status: () => AgentStatus): WatchHub {
  const readers = new Set<Reader>();
  const lastEvents: string[] = [];
  let lastStatus = '';

  function flush(reader: Reader): void {
    if (reader.isWriting) return;
    const text = reader.events.join('') + (reader.status ?? '') + (reader.sample ?? '');
    if (text === '') return;
    reader.events.length = 0;
    reader.status = null;
    reader.sample = null;
    write(reader, text);
  }

  function write(reader: Reader, data: string | Buffer): void {
    reader.isWriting = true;
    reader.response.write(data, () => {
      reader.isWriting = false;
      flush(reader);
    });
  }

  return {
    get readers() {
      return readers.size;
    },
    sample(line) {
      history.push(line);
      for (const reader of readers) {
        reader.sample = line;
        flush(reader);
      }
    },
    event(event) {
      const line = lineOf({ type: 'event', event });
      lastEvents.push(line);
      if (lastEvents.length > KEPT_EVENTS) lastEvents.shift();
      for (const reader of readers) {
        if (reader.events.length >= MAX_WAITING_EVENTS) reader.events.shift();
        reader.events.push(line);
        flush(reader);
      }
    },
    status() {
      if (readers.size === 0) return;
      const line = lineOf({ type: 'status', status: status() });
      if (line === lastStatus) return;
      lastStatus = line;
      for (const reader of readers) {
        reader.status = line;
        flush(reader);
      }
    },
    attach(response, historyCount) {
      const reader: Reader = { response, isWriting: false, sample: null, status: null, events: [] };
      readers.add(reader);
      response.on('close', () => readers.delete(reader));
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      const first = Buffer.from(lineOf({ type: 'status', status: status() }) + lastEvents.join(''));
      write(reader, Buffer.concat([first, history.last(historyCount)]));
    },
    close() {
      for (const reader of readers) reader.response.end();
      readers.clear();
    },
  };
}
