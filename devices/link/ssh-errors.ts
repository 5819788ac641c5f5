// Turns what the network, ssh2 and the server report into one plain sentence with a code.
import { AppError } from '../../shared/errors/app-error.ts';

/** How ssh2 marks its errors. */
interface SshFault extends Error {
  readonly level?: string;
  readonly code?: string | number;
  readonly reason?: number | string;
}

/** The host before could not open a way to the next one. `via`: the host before, `refusal`: what its server said. */
export function noWayThrough(via: string, where: string, refusal: AppError): AppError {
  const reason = String(refusal.details['reason']);
  return new AppError(
    'SSH_CONNECT_FAILED',
    `${via} could not connect to ${where} (${reason}); check the address as it is seen from there, and that its SSH server allows forwarding.`,
    { details: { reason, via }, retryable: true, cause: refusal },
  );
}

/** The TCP connection itself could not be made, or the connection that it runs through broke. */
export function connectError(where: string, error: unknown): AppError {
  if (error instanceof AppError) return connectionLost(where, error);
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
  const sentences: Readonly<Record<string, string>> = {
    ECONNREFUSED: `${where} refused the connection; check the port and that an SSH server runs there.`,
    ENOTFOUND: `The host name in ${where} cannot be resolved; check its spelling and the network.`,
    EAI_AGAIN: `The host name in ${where} cannot be resolved at the moment; check the network's name server.`,
    EHOSTUNREACH: `There is no way to ${where}; check the cable, the address and whether the device is on.`,
    ENETUNREACH: `There is no way to the network of ${where}; check this computer's network connection.`,
    ETIMEDOUT: `${where} does not answer; check the address and whether the device is on.`,
    ECONNRESET: `${where} closed the connection before the login; its SSH server may be overloaded or may refuse this computer.`,
  };
  return new AppError('SSH_CONNECT_FAILED', sentences[code] ?? `No connection to ${where} could be made (${code}).`, {
    details: { reason: code },
    retryable: true,
    cause: error,
  });
}

/** A limit of time ran out before the login was done. */
export function connectTimeout(where: string, timeoutMs: number, phase: string): AppError {
  return new AppError(
    'SSH_TIMEOUT',
    `${where} ${phase} within ${timeoutMs / 1000} s; check the address, the network and whether the device is on.`,
    {
      details: { timeoutMs },
      retryable: true,
    },
  );
}

/** A fault after TCP was up and before the login was done. */
export function handshakeError(where: string, error: SshFault): AppError {
  const options = { details: { reason: error.message }, cause: error };
  if (error.level === 'client-socket') return connectError(where, error);
  if (/no matching host key/i.test(error.message)) {
    return new AppError(
      'SSH_CONNECT_FAILED',
      `${where} offers no host key that can be checked: host certificates, DSA keys and SHA-1 signatures are not supported; let its SSH server also show a plain Ed25519, ECDSA or RSA key.`,
      options,
    );
  }
  if (/no matching/i.test(error.message)) {
    return new AppError(
      'SSH_CONNECT_FAILED',
      `${where} offers no encryption method that is still considered safe; update the SSH server of the device.`,
      options,
    );
  }
  if (/before handshake|identification|Protocol version/i.test(error.message)) {
    return new AppError(
      'SSH_CONNECT_FAILED',
      `What answers at ${where} is not an SSH server, or it closed the connection at once; check the port.`,
      options,
    );
  }
  return new AppError('SSH_CONNECT_FAILED', `The SSH handshake with ${where} failed: ${error.message}.`, options);
}

/** The connection ended under way. */
export function connectionLost(where: string, cause?: unknown): AppError {
  let reason = '';
  // A connection through others ends with theirs, and their sentence says where the fault is.
  if (cause instanceof AppError) reason = ` (${cause.message.replace(/;.*$/, '').replace(/\.$/, '')})`;
  else if (cause instanceof Error) reason = ` (${(cause as NodeJS.ErrnoException).code ?? cause.message})`;
  return new AppError(
    'SSH_CONNECTION_LOST',
    `The connection to ${where} was lost${reason}; check the network and try again.`,
    {
      retryable: true,
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

/** A connection that its own side has closed was used again. */
export function connectionClosed(where: string): AppError {
  return new AppError('SSH_CONNECTION_LOST', `The connection to ${where} is closed; connect again.`, {
    retryable: true,
  });
}

/** The server would not open a channel. `wish`: what it was for, as `run a command`. */
export function channelRefused(where: string, wish: string, error: unknown): AppError {
  const reason = error instanceof Error ? error.message.replace(/^\(SSH\) Channel open failure: /, '') : String(error);
  return new AppError(
    'SSH_CHANNEL_REFUSED',
    `The SSH server of ${where} refused to ${wish} (${reason}); check that its settings allow this.`,
    {
      details: { reason },
      ...(error instanceof Error ? { cause: error } : {}),
    },
  );
}
