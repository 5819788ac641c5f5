// Gives node:http its sockets: streams to the agent, kept for the next call or used once.
import { Agent } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AgentStream } from './agent-door.ts';

const idleStreams = 4;

/** node:http treats its socket as a TCP one; a channel has no such settings. */
function asSocket(stream: Duplex): Duplex {
  const itself = () => stream;
  return Object.assign(stream, {
    setTimeout: itself,
    setNoDelay: itself,
    setKeepAlive: itself,
    ref: itself,
    unref: itself,
  });
}

/** An http.Agent over channels, which knows for each stream whom to ask when it ends. */
export class ChannelPool extends Agent {
  readonly #open: () => Promise<AgentStream>;
  readonly #live = new Set<Duplex>();
  /** Asked after the end of a stream, too, and gone when nobody holds the stream any more. */
  readonly #origins = new WeakMap<Duplex, AgentStream>();

  /** `keepsStreams`: idle streams wait for the next call. */
  constructor(open: () => Promise<AgentStream>, keepsStreams: boolean) {
    super({ keepAlive: keepsStreams, maxFreeSockets: idleStreams });
    this.#open = open;
  }

  override createConnection(_options: unknown, done?: (error: Error | null, stream: Duplex) => void): undefined {
    this.#take().then(
      (stream) => done?.(null, stream),
      // node:http passes the error on and looks at no stream then.
      (error: Error) => done?.(error, undefined as never),
    );
    return undefined;
  }

  async #take(): Promise<Duplex> {
    const opened = await this.#open();
    const stream = asSocket(opened.stream);
    this.#origins.set(stream, opened);
    this.#live.add(stream);
    // Half-open is of no use to HTTP: an agent that ends an idle stream is waiting for this side to do the same.
    stream.once('end', () => stream.end());
    stream.once('close', () => this.#live.delete(stream));
    return stream;
  }

  /** What is known about the end of a stream. */
  async explainEnd(stream: Duplex): Promise<Error | null> {
    const opened = this.#origins.get(stream);
    return opened ? await opened.explainEnd() : null;
  }

  override destroy(): void {
    super.destroy();
    for (const stream of this.#live) stream.destroy();
  }
}
