// Opens a Connection over SSH, through as many hosts on the way as it takes; when one of them ends, all of them end.
import { AppError } from '../../shared/errors/app-error.ts';
import { connectHop, type HopOptions, targetName } from './connect-hop.ts';
import type { Connection, ConnectOptions, HostKeyPolicy } from './connection.ts';

const maxJumps = 8;

/** Says which host on the way is at fault; code and details stay. */
function failedOnTheWay(error: AppError, hop: string, position: string, target: string): AppError {
  return new AppError(error.code, `On the way to ${target}, at jump host ${position}: ${error.message}`, {
    details: { ...error.details, jumpHost: hop },
    retryable: error.retryable,
    cause: error,
  });
}

/** A fingerprint is accepted for one host only: once it is pinned it says nothing about the next. */
function policyAfter(policy: HostKeyPolicy, passed: Connection): HostKeyPolicy {
  if (policy.accept === undefined || policy.accept !== passed.hostKeyFingerprint) return policy;
  const { accept: _used, ...rest } = policy;
  return rest;
}

async function closeAll(connections: readonly Connection[]): Promise<void> {
  for (const connection of connections.toReversed()) await connection.close();
}

/** The last connection of the chain, which takes those before it along when it ends. */
function asChain(last: Connection, before: readonly Connection[]): Connection {
  if (before.length === 0) return last;
  void last.closed.then((problem) => (problem ? closeAll(before) : undefined));
  return {
    ...last,
    async close() {
      await last.close();
      await closeAll(before);
    },
  };
}

/**
 * Connects, checks the host key and logs in, at each jump host and then at the target.
 * @throws SSH_CONNECT_FAILED, SSH_TIMEOUT, SSH_AUTH_FAILED, SSH_KEY_UNREADABLE, SSH_AGENT_UNAVAILABLE, HOST_KEY_UNKNOWN,
 * HOST_KEY_CHANGED, FILE_UNREADABLE, FILE_WRITE_FAILED, CANCELLED, with `details.jumpHost` where a jump host is at fault;
 * INPUT_INVALID for more jump hosts than 8
 */
export async function connectSsh(options: ConnectOptions): Promise<Connection> {
  const { jumps = [], ...own } = options;
  const target = targetName(options.user, options.host, options.port);
  if (jumps.length > maxJumps) {
    throw new AppError(
      'INPUT_INVALID',
      `The way to ${target} leads over ${jumps.length} jump hosts; at most ${maxJumps} are possible.`,
    );
  }
  const passed: Connection[] = [];
  let hostKeys = own.hostKeys;
  const pass = async (hop: HopOptions): Promise<Connection> => {
    const connection = await connectHop({ ...hop, hostKeys }, passed.at(-1) ?? null);
    hostKeys = policyAfter(hostKeys, connection);
    return connection;
  };
  try {
    for (const [index, jump] of jumps.entries()) {
      try {
        passed.push(await pass({ ...own, ...jump }));
      } catch (error) {
        if (!(error instanceof AppError) || error.code === 'CANCELLED') throw error;
        const hop = targetName(jump.user, jump.host, jump.port);
        throw failedOnTheWay(error, hop, jumps.length === 1 ? hop : `${index + 1} of ${jumps.length}`, target);
      }
    }
    return asChain(await pass(own), passed);
  } catch (error) {
    await closeAll(passed);
    throw error;
  }
}
