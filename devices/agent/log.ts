// The agent's log: one line an entry on stderr, which systemd's journal or the log file of a detached agent keeps.

export interface Log {
  info(message: string, details?: Readonly<Record<string, unknown>>): void;
  warn(message: string, details?: Readonly<Record<string, unknown>>): void;
  error(message: string, details?: Readonly<Record<string, unknown>>): void;
}

/** Writes `time level message {details}`. Details are facts for a person; secrets never go in. */
export function createLog(write: (line: string) => void): Log {
  const entry = (level: string, message: string, details?: Readonly<Record<string, unknown>>): void => {
    const facts = details === undefined ? '' : ` ${JSON.stringify(details)}`;
    write(`${new Date().toISOString()} ${level} ${message}${facts}\n`);
  };
  return {
    info: (message, details) => entry('info', message, details),
    warn: (message, details) => entry('warn', message, details),
    error: (message, details) => entry('error', message, details),
  };
}
