// A small router for tests of transports: one call, one stream, and a view on how many streams are open.
import { eventIterator, os } from '@orpc/server';
import * as z from 'zod/mini';

let openStreams = 0;

export const transportRouter = {
  echo: os.input(z.object({ text: z.string() })).handler(({ input }) => ({ text: input.text, pid: process.pid })),
  never: os.handler(
    ({ signal }) =>
      new Promise<void>((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(new Error('broken off')));
      }),
  ),
  count: os.output(eventIterator(z.object({ value: z.number() }))).handler(async function* ({ signal }) {
    openStreams += 1;
    try {
      for (let value = 0; signal?.aborted !== true && value < 100_000; value += 1) {
        yield { value };
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    } finally {
      openStreams -= 1;
    }
  }),
  flood: os.output(eventIterator(z.object({ value: z.number(), filler: z.string() }))).handler(async function* () {
    openStreams += 1;
    try {
      for (let value = 0; value < 100_000; value += 1) {
        made = value;
        yield { value, filler: 'x'.repeat(64 * 1024) };
      }
    } finally {
      openStreams -= 1;
    }
  }),
  openStreams: os.handler(() => openStreams),
};

let made = 0;

/** Values that `flood` has handed to its transport so far. */
export function floodedValues(): number {
  return made;
}

/** Streams that a client holds open, all transports together. */
export function openStreamCount(): number {
  return openStreams;
}

export type TransportRouter = typeof transportRouter;
