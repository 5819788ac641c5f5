// The one road to a device: what a Connection can do, whichever way it was opened (see connect-ssh.ts and connect-local.ts).
import type { Duplex, Readable } from 'node:stream';
import type { AppError } from '../../shared/errors/app-error.ts';

export interface ExecOptions {
  /** Sent to the command's standard input, which is then closed; without it the input is closed at once. */
  readonly stdin?: Buffer | Readable | AsyncIterable<Buffer>;
  readonly signal?: AbortSignal;
  /** Breaks the command off with SSH_TIMEOUT. */
  readonly timeoutMs?: number;
  /** Each of stdout and stderr is cut off after this many bytes (default 1 MiB). */
  readonly maxOutputBytes?: number;
}

export interface ExecExit {
  /** Exit status; null when a signal ended the command. */
  readonly code: number | null;
  /** Name of that signal, as `SIGTERM`. */
  readonly signal: string | null;
}

export interface ExecResult extends ExecExit {
  readonly stdout: string;
  readonly stderr: string;
}

/** A running command: write its stdin, read its stdout, with back-pressure both ways. */
export type ExecStream = Duplex & {
  /** Settles when the command ended; rejects with the AppError that broke it off. */
  readonly exit: Promise<ExecExit>;
  /** Last 4 KiB of the command's stderr so far. */
  stderrTail(): string;
};

/** A two-way stream that counts what has come in, as net.Socket does. */
export type CountedStream = Duplex & { readonly bytesRead: number };

/** One connection, many channels at the same time. Every rejection is an AppError. */
export interface Connection {
  /** `user@host[:port]` or `this computer`, for sentences. */
  readonly target: string;
  /** `SHA256:…` of the server's host key; null for this computer. */
  readonly hostKeyFingerprint: string | null;
  /**
   * Runs a command line in the login shell and collects its output. A non-zero exit status is an answer, not an error.
   * What is broken off gets SIGTERM where the server passes signals on (OpenSSH does not for root), and loses its stdin,
   * stdout and stderr in any case.
   * @throws SSH_CONNECTION_LOST, SSH_CHANNEL_REFUSED, SSH_TIMEOUT, CANCELLED.
   */
  exec(command: string, options?: ExecOptions): Promise<ExecResult>;
  /** Runs a command line as a raw stream. @throws like `exec`. */
  execStream(command: string, options?: { readonly signal?: AbortSignal }): Promise<ExecStream>;
  /**
   * Opens a stream to a Unix socket on the device.
   * @throws SSH_CHANNEL_REFUSED when the server forbids it or nothing listens there, SSH_CONNECTION_LOST.
   */
  openUnix(path: string): Promise<Duplex>;
  /** Opens a stream to a TCP port as seen from the device. @throws like `openUnix`. */
  openTcp(host: string, port: number): Promise<CountedStream>;
  /** Ends the connection and all its channels; safe to call twice. */
  close(): Promise<void>;
  /** Settles once: null after `close()`, else the reason why the connection ended. Never rejects. */
  readonly closed: Promise<AppError | null>;
}

export type SshAuth =
  | { readonly kind: 'key'; readonly identityFile: string; readonly passphrase?: string }
  /** `socket` defaults to SSH_AUTH_SOCK. */
  | { readonly kind: 'agent'; readonly socket?: string }
  /** Like `ssh` by itself: the agent's keys, then those of these files that are there and not locked. */
  | { readonly kind: 'usual'; readonly agentSocket: string | null; readonly identityFiles: readonly string[] }
  | { readonly kind: 'password'; readonly password: string };

/** Which host keys are believed; see known-hosts.ts. */
export interface HostKeyPolicy {
  /** Lineside's own known_hosts file: read, and appended to when a key is accepted. */
  readonly file: string;
  /** More known_hosts files, only read (as ~/.ssh/known_hosts). */
  readonly alsoRead?: readonly string[];
  /** What to do with a host that has no key yet: refuse (default), pin whatever comes, or pin only this fingerprint. */
  readonly accept?: 'new' | `SHA256:${string}`;
}

/** A host on the way: connected to first, and asked to open the way to the next one. */
export interface JumpHost {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly auth: SshAuth;
}

export interface ConnectOptions {
  /** Hosts to go through, the nearest first; each has its own host key and login. At most 8. */
  readonly jumps?: readonly JumpHost[];
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly auth: SshAuth;
  readonly hostKeys: HostKeyPolicy;
  /** Limit for TCP connect, key exchange and login together, of each host on the way (default 20 000). */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Seconds between keep-alive questions (default 4); three times that without a byte from the server ends the connection; 0: never. */
  readonly keepaliveS?: number;
}
