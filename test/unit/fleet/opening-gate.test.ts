// Places for connections that are being opened: all in all and by site, in order, given back, and left by who gives up.
import { describe, expect, it } from 'vitest';
import { createOpeningGate } from '../../../electron/backend/fleet/opening-gate.ts';
import { failureOf } from '../../helpers/sshd.ts';

const patient = new AbortController().signal;

/** Enters and notes the name once it is in. */
function visitors(limits: { total: number; perSite: number }) {
  const gate = createOpeningGate(limits);
  const inside: string[] = [];
  const leaves = new Map<string, () => void>();
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    inside,
    async come(name: string, site: string | null, signal: AbortSignal = patient) {
      const entering = gate.enter(site, signal).then((leave) => {
        inside.push(name);
        leaves.set(name, leave);
      });
      entering.catch(() => undefined);
      await settle();
      return { entering };
    },
    async go(name: string) {
      leaves.get(name)?.();
      await settle();
    },
  };
}

describe('opening gate', () => {
  it('admits as many as it may, and the next in order when one leaves', async () => {
    const { come, go, inside } = visitors({ total: 2, perSite: 9 });
    for (const name of ['a', 'b', 'c', 'd']) await come(name, null);
    expect(inside).toEqual(['a', 'b']);
    await go('b');
    expect(inside).toEqual(['a', 'b', 'c']);
    await go('b');
    expect(inside).toEqual(['a', 'b', 'c']);
    await go('a');
    expect(inside).toEqual(['a', 'b', 'c', 'd']);
  });

  it('lets nobody of a full site in, and holds up nobody else for it', async () => {
    const { come, go, inside } = visitors({ total: 3, perSite: 1 });
    await come('a1', 'a');
    await come('a2', 'a');
    await come('b1', 'b');
    await come('free', null);
    await come('c1', 'c');
    expect(inside).toEqual(['a1', 'b1', 'free']);
    await go('free');
    expect(inside).toEqual(['a1', 'b1', 'free', 'c1']);
    await go('a1');
    expect(inside).toEqual(['a1', 'b1', 'free', 'c1', 'a2']);
  });

  it('lets go of who gives up while waiting, or has given up before', async () => {
    const { come, go, inside } = visitors({ total: 1, perSite: 1 });
    const abort = new AbortController();
    await come('a', 'a');
    const { entering } = await come('b', 'a', abort.signal);
    await come('c', 'a');
    abort.abort();
    expect((await failureOf(entering)).code).toBe('CANCELLED');
    await go('a');
    expect(inside).toEqual(['a', 'c']);
    expect((await failureOf((await come('d', null, abort.signal)).entering)).code).toBe('CANCELLED');
  });
});
