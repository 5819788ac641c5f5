// A step of a transaction that goes on when whoever asked for it is gone, and that others can join and follow.
import type { TransactionEvent } from '../../../shared/agent-protocol/messages.ts';

export type EmitTransactionEvent = (event: TransactionEvent) => void;

export interface Operation {
  readonly kind: 'prepare' | 'activate' | 'rollback';
  readonly txn: string;
  /** Settles as the work does. */
  readonly finished: Promise<void>;
  /** Replays what happened so far, then follows to the end; settles as the work does. */
  follow(emit: EmitTransactionEvent): Promise<void>;
  /** Asks the work to stop; wait for `finished` to know that it has. */
  cancel(): void;
}

/** Starts `work`. `probation` lines are not replayed but for the newest. */
export function startOperation(
  kind: Operation['kind'],
  txn: string,
  work: (emit: EmitTransactionEvent, signal: AbortSignal) => Promise<void>,
  onListenerFault: (error: unknown) => void,
): Operation {
  const history: TransactionEvent[] = [];
  const followers = new Set<EmitTransactionEvent>();
  const controller = new AbortController();
  const emit: EmitTransactionEvent = (event) => {
    if (event.type === 'probation' && history.at(-1)?.type === 'probation') history.pop();
    history.push(event);
    for (const follower of followers) tell(follower, event);
  };
  // A listener that fails is one that is gone; it must not take the transaction with it.
  const tell = (follower: EmitTransactionEvent, event: TransactionEvent): void => {
    try {
      follower(event);
    } catch (error) {
      followers.delete(follower);
      onListenerFault(error);
    }
  };
  const finished = work(emit, controller.signal);
  // Somebody may follow later or not at all; the transaction's outcome holds the failure in any case.
  finished.catch(() => undefined);
  return {
    kind,
    txn,
    finished,
    follow: async (follower) => {
      followers.add(follower);
      for (const event of history) tell(follower, event);
      try {
        await finished;
      } finally {
        followers.delete(follower);
      }
    },
    cancel: () => controller.abort(),
  };
}
