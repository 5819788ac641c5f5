// Finds out, with nothing but a POSIX shell, whether a kit can go onto a device and which of its parts are there already.
import { AppError } from '../../shared/errors/app-error.ts';
import type { Connection } from '../link/connection.ts';
import { shellQuote } from '../link/shell-quote.ts';
import type { Kit, KitPart } from './kit.ts';

const askTimeoutMs = 30_000;
/** Bytes that must stay free beside the kit: logs, state, a small model. */
const reserveBytes = 64 * 1024 * 1024;
const oldestGlibc = [2, 28] as const;
const architectures: Readonly<Record<string, string>> = {
  x86_64: 'x64',
  amd64: 'x64',
  aarch64: 'arm64',
  arm64: 'arm64',
};

/** Also sweeps what uploads left that were cut off: their shell wrote its pid and is gone. */
function script(root: string, kit: Kit): string {
  const ids = kit.parts.map((part) => shellQuote(part.id)).join(' ');
  return `root=${shellQuote(root)}
say() { printf '%s=%s\\n' "$1" "$2"; }
say machine "$(uname -m)"
say libc "$(getconf GNU_LIBC_VERSION 2>/dev/null)"
command -v tar >/dev/null 2>&1 && say tar yes
command -v gzip >/dev/null 2>&1 && say gzip yes
[ -d "$root" ] && [ ! -e "$root/layout" ] && [ -n "$(ls -A "$root" 2>/dev/null)" ] && say foreign yes
for id in ${ids}; do [ -f "$root/kit/parts/$id/COMPLETE" ] && say part "$id"; done
for old in "$root"/kit/.incoming-*; do
  [ -d "$old" ] || continue
  pid=$(cat "$old/pid" 2>/dev/null)
  if [ -z "$pid" ] || ! kill -0 "$pid" 2>/dev/null; then rm -rf "$old"; fi
done
place=$root
while [ ! -d "$place" ] && [ "$place" != / ]; do place=$(dirname "$place"); done
say free "$(df -Pk "$place" 2>/dev/null | sed -n '2s/^.* \\([0-9][0-9]*\\)  *[0-9]*%.*$/\\1/p')"
say end yes
`;
}

export interface DeviceLook {
  readonly missing: readonly KitPart[];
  readonly hasGzip: boolean;
}

function unsupported(target: string, reason: string): AppError {
  return new AppError('DEVICE_UNSUPPORTED', `Lineside cannot run on ${target}: ${reason}.`);
}

function checkSystem(target: string, kit: Kit, values: ReadonlyMap<string, string>): void {
  const machine = values.get('machine') ?? '';
  if ((architectures[machine] ?? machine) !== kit.architecture) {
    throw unsupported(target, `its processor is ${machine || 'unknown'}, and this kit is for ${kit.architecture}`);
  }
  if (!values.has('tar')) throw unsupported(target, 'it has no tar; install it there and try again');
  const glibc = /^glibc (\d+)\.(\d+)/.exec(values.get('libc') ?? '');
  if (!glibc) throw unsupported(target, 'it has no glibc, which Node and ONNX Runtime need');
  const [major, minor] = [Number(glibc[1]), Number(glibc[2])];
  if (major < oldestGlibc[0] || (major === oldestGlibc[0] && minor < oldestGlibc[1])) {
    throw unsupported(target, `its glibc is ${major}.${minor}, and at least ${oldestGlibc.join('.')} is needed`);
  }
}

function checkRoom(target: string, root: string, freeText: string | undefined, missing: readonly KitPart[]): void {
  const free = Number(freeText);
  const neededBytes = missing.reduce((sum, part) => sum + part.sizeBytes, 0);
  if (neededBytes === 0 || freeText === undefined || freeText === '' || Number.isNaN(free)) return;
  const freeBytes = free * 1024;
  if (freeBytes >= neededBytes + reserveBytes) return;
  const mib = (bytes: number) => Math.ceil(bytes / 1024 / 1024);
  throw new AppError(
    'DEVICE_DISK_FULL',
    `${target} has ${mib(freeBytes)} MiB free for ${root}, and the kit needs ${mib(neededBytes + reserveBytes)} MiB; make room there and try again.`,
    { details: { freeBytes, neededBytes: neededBytes + reserveBytes } },
  );
}

/** @throws DEVICE_UNSUPPORTED, DEVICE_DISK_FULL, INPUT_INVALID when the root holds something else, DEVICE_COMMAND_FAILED, link errors */
export async function lookAtDevice(
  connection: Connection,
  kit: Kit,
  root: string,
  signal?: AbortSignal,
): Promise<DeviceLook> {
  const { target } = connection;
  const answer = await connection.exec('sh -s', {
    stdin: Buffer.from(script(root, kit)),
    timeoutMs: askTimeoutMs,
    ...(signal ? { signal } : {}),
  });
  const values = new Map<string, string>();
  const present = new Set<string>();
  for (const line of answer.stdout.split('\n')) {
    const at = line.indexOf('=');
    const [key, value] = [line.slice(0, at), line.slice(at + 1).trim()];
    if (key === 'part') present.add(value);
    else if (at > 0) values.set(key, value);
  }
  if (!values.has('end')) {
    const reason = answer.stderr.trim().split('\n')[0] ?? '';
    throw new AppError(
      'DEVICE_COMMAND_FAILED',
      `${target} has no usable POSIX shell for this user (${reason}); give the user the shell /bin/sh.`,
    );
  }
  checkSystem(target, kit, values);
  if (values.has('foreign')) {
    throw new AppError(
      'INPUT_INVALID',
      `The folder ${root} on ${target} holds other files and is not Lineside's; choose another one.`,
      { details: { root } },
    );
  }
  const missing = kit.parts.filter((part) => !present.has(part.id));
  checkRoom(target, root, values.get('free'), missing);
  return { missing, hasGzip: values.has('gzip') };
}
