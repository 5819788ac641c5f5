// Carries stdin and stdout to the agent's socket and back, for SSH servers that forbid forwarding to Unix sockets.
import { connect } from 'node:net';
import { AppError } from '../../shared/errors/app-error.ts';
import { agentPaths } from './agent-paths.ts';
import { readLiveAgent } from './agent-record.ts';

/** Ends when either side has closed. @throws AGENT_NOT_RUNNING when nothing listens. */
export function bridgeToAgent(root: string): Promise<void> {
  const paths = agentPaths(root);
  const socketPath = readLiveAgent(paths)?.socketPath ?? paths.socket;
  return new Promise((resolve, reject) => {
    const socket = connect({ path: socketPath, allowHalfOpen: true });
    socket.once('connect', () => {
      process.stdin.pipe(socket);
      socket.pipe(process.stdout);
      // The laptop is gone: nothing is left to carry.
      process.stdout.on('error', () => socket.destroy());
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      const isAbsent = error.code === 'ENOENT' || error.code === 'ECONNREFUSED';
      reject(
        isAbsent
          ? new AppError('AGENT_NOT_RUNNING', `No agent is running for ${root}; start it first.`, { cause: error })
          : error,
      );
    });
    // Not only on 'close': while stdin stays open our half of the socket does too.
    socket.once('end', () => resolve());
    socket.once('close', () => resolve());
  });
}
