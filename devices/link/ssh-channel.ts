// A stream with clean semantics over one ssh2 channel: every pending write and read ends when the channel does.
import { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import type { AppError } from '../../shared/errors/app-error.ts';

type Done = (error?: Error | null) => void;

/** ssh2's channel forgets the callback of a write that it cannot send any more; this stream keeps it and settles it. */
export class SshChannelStream extends Duplex {
  readonly #channel: ClientChannel;
  readonly #onClosedEarly: () => AppError;
  #pendingWrite: Done | null = null;
  #isChannelClosed = false;
  /** Bytes that have come from the other side, as net.Socket counts them. */
  bytesRead = 0;

  /** `onClosedEarly` names the error for writes that can no longer be sent. */
  constructor(channel: ClientChannel, onClosedEarly: () => AppError) {
    super({ readableHighWaterMark: 256 * 1024, writableHighWaterMark: 1024 * 1024, allowHalfOpen: true });
    this.#channel = channel;
    this.#onClosedEarly = onClosedEarly;
    channel.on('data', (chunk: Buffer) => {
      this.bytesRead += chunk.length;
      if (!this.push(chunk)) channel.pause();
    });
    channel.on('end', () => this.push(null));
    channel.on('error', (error: Error) => this.destroy(error));
    channel.on('close', () => this.#channelClosed());
  }

  #channelClosed(): void {
    this.#isChannelClosed = true;
    if (this.#pendingWrite) this.destroy(this.#onClosedEarly());
    // Nothing more can be written; what was received may still be read.
    else if (!this.writableEnded) this.end();
    if (!this.readableEnded) this.push(null);
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    if (this.#isChannelClosed || !this.#channel.writable) {
      done(this.#onClosedEarly());
      return;
    }
    this.#pendingWrite = done;
    this.#channel.write(chunk, (error) => this.#settleWrite(error ?? null));
  }

  #settleWrite(error: Error | null): void {
    const done = this.#pendingWrite;
    this.#pendingWrite = null;
    done?.(error);
  }

  override _final(done: Done): void {
    if (!this.#isChannelClosed) this.#channel.end();
    done();
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#settleWrite(error ?? this.#onClosedEarly());
    if (!this.#isChannelClosed) {
      this.#channel.resume();
      this.#channel.close();
    }
    done(error);
  }
}
