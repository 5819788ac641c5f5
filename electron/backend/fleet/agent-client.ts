// Typed calls to one device's agent through its connection.

import { type AgentChannel, openAgent } from '../../../devices/link/agent-channel.ts';
import type { Connection } from '../../../devices/link/connection.ts';
import {
  AGENT_PROTOCOL_VERSION,
  AGENT_ROUTES,
  type AgentHello,
  type AgentStatus,
  agentHelloSchema,
  agentStatusSchema,
  type BeginRequest,
  type BeginResponse,
  beginResponseSchema,
  type Inventory,
  inventorySchema,
  type PutResponse,
  putResponseSchema,
  type TransactionEvent,
  transactionEventSchema,
  transactionPath,
  type WatchEvent,
  watchEventSchema,
} from '../../../shared/agent-protocol/messages.ts';
import { AppError } from '../../../shared/errors/app-error.ts';

export interface AgentClient {
  readonly hello: AgentHello;
  status(): Promise<AgentStatus>;
  inventory(): Promise<Inventory>;
  /** First a status, then up to `history` past samples, then live. Ends with the signal or throws when the link ends. */
  watch(history: number, signal: AbortSignal): AsyncIterable<WatchEvent>;
  begin(request: BeginRequest): Promise<BeginResponse>;
  put(upload: ObjectUpload): Promise<PutResponse>;
  prepare(txn: string, signal: AbortSignal): AsyncIterable<TransactionEvent>;
  activate(txn: string, signal: AbortSignal): AsyncIterable<TransactionEvent>;
  abort(txn: string): Promise<void>;
  rollback(signal: AbortSignal): AsyncIterable<TransactionEvent>;
  /** The raw HTTP door, for the Open Inference Protocol. */
  readonly channel: AgentChannel;
  close(): void;
}

export interface ObjectUpload {
  readonly txn: string;
  readonly digest: string;
  /** Bytes that the device has already. */
  readonly offset: number;
  /** The rest of the object. */
  readonly source: AsyncIterable<Buffer>;
  readonly sizeBytes: number;
  readonly signal: AbortSignal;
  onProgress(sentBytes: number): void;
}

/**
 * Opens the agent and checks that both sides speak the same protocol. `root`: absolute path on the device.
 * @throws AGENT_NOT_INSTALLED, AGENT_NOT_RUNNING, AGENT_INCOMPATIBLE; link errors.
 */
export async function openAgentClient(
  connection: Connection,
  root: string,
  signal?: AbortSignal,
): Promise<AgentClient> {
  const channel = await openAgent(connection, { root, ...(signal ? { signal } : {}) });
  const call = (method: string, path: string, body?: unknown): Promise<unknown> =>
    channel.request({ method, path, ...(body === undefined ? {} : { body }), timeoutMs: 60_000 });
  async function* events(method: string, path: string, streamSignal: AbortSignal): AsyncGenerator<TransactionEvent> {
    for await (const line of channel.stream({ method, path, signal: streamSignal }))
      yield transactionEventSchema.parse(line);
  }
  const hello = agentHelloSchema.parse(
    await channel.request({ method: 'GET', path: AGENT_ROUTES.hello, timeoutMs: 10_000 }),
  );
  if (hello.protocolVersion !== AGENT_PROTOCOL_VERSION) {
    channel.close();
    throw new AppError(
      'AGENT_INCOMPATIBLE',
      `The agent on ${connection.target} is of another Lineside version (${hello.agentVersion}); run the set-up of this device again.`,
      {
        details: {
          agentVersion: hello.agentVersion,
          agentProtocol: hello.protocolVersion,
          ours: AGENT_PROTOCOL_VERSION,
        },
      },
    );
  }
  return {
    hello,
    channel,
    status: async () => agentStatusSchema.parse(await call('GET', AGENT_ROUTES.status)),
    inventory: async () => inventorySchema.parse(await call('GET', AGENT_ROUTES.inventory)),
    async *watch(history, watchSignal) {
      const path = `${AGENT_ROUTES.watch}?history=${history}`;
      for await (const line of channel.stream({ method: 'GET', path, signal: watchSignal }))
        yield watchEventSchema.parse(line);
    },
    begin: async (request) => beginResponseSchema.parse(await call('POST', AGENT_ROUTES.transactions, request)),
    put: async ({ txn, digest, offset, source, sizeBytes, signal: putSignal, onProgress }) =>
      putResponseSchema.parse(
        await channel.put({
          path: `${AGENT_ROUTES.objects}/${digest}?txn=${txn}&offset=${offset}`,
          source,
          length: sizeBytes - offset,
          signal: putSignal,
          onProgress,
        }),
      ),
    prepare: (txn, s) => events('POST', transactionPath(txn, 'prepare'), s),
    activate: (txn, s) => events('POST', transactionPath(txn, 'activate'), s),
    abort: async (txn) => {
      await call('DELETE', transactionPath(txn));
    },
    rollback: (s) => events('POST', AGENT_ROUTES.rollback, s),
    close: () => channel.close(),
  };
}
