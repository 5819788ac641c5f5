// Keeps the backend alive: starts it on plain Node, passes frames on, and starts it again, ever more slowly, when it dies.
import { type ChildProcess, spawn } from 'node:child_process';
import { isPortFrame, isReadyFrame, type PortFrame } from '../../shared/contract/port-frames.ts';

export interface BackendProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  onReady(): void;
  onFrame(frame: PortFrame): void;
  /** The backend is gone; ports opened so far are dead. Not called when it ends by `stop`. */
  onDown(): void;
  /** It died several times in a row without becoming ready. `lastWords`: the end of what it wrote to stderr. */
  onFailing(lastWords: string): void;
  /** First wait before a restart; doubles with every death in a row. */
  readonly firstDelayMs?: number;
}

export interface BackendProcess {
  readonly isReady: boolean;
  /** Of the process that runs now; undefined between two. */
  readonly pid: number | undefined;
  /** Hands one frame over; dropped when the backend is not ready, as its port is dead then. */
  send(frame: PortFrame): void;
  /** Asks the backend to let go and ends it by force when it does not. */
  stop(): Promise<void>;
}

const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 10_000;
const DEATHS_BEFORE_ALARM = 3;
const STOP_LIMIT_MS = 5_000;
const LAST_WORDS_LENGTH = 2_000;

/** Starts the backend at once. */
export function createBackendProcess(options: BackendProcessOptions): BackendProcess {
  let child: ChildProcess | undefined;
  let isReady = false;
  let isStopping = false;
  let deathsInARow = 0;
  let lastWords = '';
  let restart: NodeJS.Timeout | undefined;

  const start = (): void => {
    const started = spawn(options.command, options.args, {
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      env: cleanEnvironment(),
    });
    child = started;
    lastWords = '';
    started.stderr?.setEncoding('utf8').on('data', (text: string) => {
      process.stderr.write(text);
      lastWords = (lastWords + text).slice(-LAST_WORDS_LENGTH);
    });
    started.on('message', (message) => {
      if (isPortFrame(message)) options.onFrame(message);
      else if (isReadyFrame(message)) {
        isReady = true;
        deathsInARow = 0;
        options.onReady();
      }
    });
    started.once('error', (error) => {
      lastWords = error.message;
      died(started);
    });
    started.once('exit', () => died(started));
  };

  const died = (which: ChildProcess): void => {
    if (child !== which) return;
    child = undefined;
    isReady = false;
    if (isStopping) return;
    options.onDown();
    const delayMs = Math.min((options.firstDelayMs ?? FIRST_DELAY_MS) * 2 ** deathsInARow, LONGEST_DELAY_MS);
    deathsInARow += 1;
    if (deathsInARow === DEATHS_BEFORE_ALARM) options.onFailing(lastWords.trim());
    restart = setTimeout(start, delayMs);
  };

  start();
  return {
    get isReady() {
      return isReady;
    },
    get pid() {
      return child?.pid;
    },
    send(frame) {
      // A frame that meets a closing channel is lost with its port; `exit` follows.
      if (isReady && child?.connected === true) child.send(frame, () => undefined);
    },
    async stop() {
      isStopping = true;
      clearTimeout(restart);
      const ending = child;
      if (ending === undefined) return;
      await new Promise<void>((resolve) => {
        const limit = setTimeout(() => ending.kill('SIGKILL'), STOP_LIMIT_MS);
        ending.once('exit', () => {
          clearTimeout(limit);
          resolve();
        });
        if (ending.connected) ending.disconnect();
      });
    },
  };
}

/** What Electron and its tools set for themselves must not reach plain Node. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, ELECTRON_RUN_AS_NODE: _asNode, ...rest } = process.env;
  return rest;
}
