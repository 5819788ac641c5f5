// What a box is, asked over one `exec` with nothing but a POSIX shell: architecture, memory, disk, start modes, agent.

import type { Connection } from '../../../devices/link/connection.ts';
import { type DeviceFacts, deviceFactsSchema } from '../../../shared/contract/devices.ts';
import { AppError } from '../../../shared/errors/app-error.ts';

/** Every line is KEY=VALUE; what a box cannot say stays empty. */
const SCRIPT = `
say() { printf '%s=%s\\n' "$1" "$(printf '%s' "$2" | head -n 1)"; }
has() { command -v "$1" >/dev/null 2>&1 && echo yes || echo no; }
say time "$(date +%s%3N 2>/dev/null)"
say hostname "$(uname -n)"
say kernel "$(uname -sr)"
say machine "$(uname -m)"
say os "$(. /etc/os-release 2>/dev/null && printf '%s' "\${PRETTY_NAME:-}")"
say libc "$(getconf GNU_LIBC_VERSION 2>/dev/null)"
say cpu "$(sed -n 's/^model name[^:]*: //p;s/^Model[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)"
say cores "$(getconf _NPROCESSORS_ONLN 2>/dev/null)"
say memory "$(sed -n 's/^MemTotal: *\\([0-9]*\\).*/\\1/p' /proc/meminfo 2>/dev/null)"
say home "$HOME"
say uid "$(id -u)"
say tar "$(has tar)"
say gzip "$(has gzip)"
say crontab "$(has crontab)"
say systemd "$(systemctl --user show-environment >/dev/null 2>&1 && echo yes || echo no)"
say linger "$(loginctl show-user "$(id -un)" -p Linger 2>/dev/null | sed -n 's/^Linger=//p')"
say jetson "$(head -n 1 /etc/nv_tegra_release 2>/dev/null)"
say gpu "$(nvidia-smi --query-gpu=name --format=csv,noheader 2>/dev/null | head -n 1)"
root=ROOT
p=$root; while [ ! -d "$p" ] && [ "$p" != / ]; do p=$(dirname "$p"); done
say free "$(df -Pk "$p" 2>/dev/null | sed -n '2s/^.* \\([0-9][0-9]*\\)  *[0-9]*%.*$/\\1/p')"
if [ ! -e "$root/kit/launch" ]; then say agent absent
elif [ -S "$(sed -n 's/.*"socketPath": *"\\([^"]*\\)".*/\\1/p' "$root/run/agent.json" 2>/dev/null)" ] && kill -0 "$(sed -n 's/.*"pid": *\\([0-9]*\\).*/\\1/p' "$root/run/agent.json" 2>/dev/null)" 2>/dev/null; then say agent running
else say agent stopped; fi
`;

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: 'x64',
  amd64: 'x64',
  aarch64: 'arm64',
  arm64: 'arm64',
};

/** For use inside sh: single-quoted, or with `~/` resolved by the shell's own $HOME. */
export function shellPath(path: string): string {
  if (path.startsWith('~/')) return `"$HOME"/${quote(path.slice(2))}`;
  return quote(path);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * Asks a device for its facts. `root`: Lineside's folder there, `~/` allowed.
 * @throws DEVICE_COMMAND_FAILED when the box has no usable POSIX shell; link errors.
 */
export async function probeDevice(connection: Connection, root: string, signal?: AbortSignal): Promise<DeviceFacts> {
  const before = Date.now();
  const { stdout, stderr, code } = await connection.exec('sh -s', {
    stdin: Buffer.from(SCRIPT.replace('root=ROOT', `root=${shellPath(root)}`)),
    timeoutMs: 20_000,
    ...(signal ? { signal } : {}),
  });
  const after = Date.now();
  const values = new Map<string, string>();
  for (const line of stdout.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0) values.set(line.slice(0, at), line.slice(at + 1).trim());
  }
  if (!values.has('agent') || !values.get('machine')) {
    throw new AppError(
      'DEVICE_COMMAND_FAILED',
      `${connection.target} has no usable POSIX shell for this user: ${stderr.trim().split('\n')[0] || `exit ${code}`}.`,
      {
        details: { code },
      },
    );
  }
  const text = (key: string): string => values.get(key) ?? '';
  const number = (key: string): number => Number(text(key)) || 0;
  const machine = text('machine');
  const deviceTime = number('time');
  return deviceFactsSchema.parse({
    hostname: text('hostname'),
    os: text('os') || text('kernel'),
    kernel: text('kernel'),
    architecture: ARCHITECTURES[machine] ?? machine,
    libc: text('libc') || 'unknown',
    cpuModel: text('cpu') || machine,
    cores: number('cores'),
    memoryBytes: number('memory') * 1024,
    freeBytes: number('free') * 1024,
    home: text('home'),
    isRoot: text('uid') === '0',
    hasSystemdUser: text('systemd') === 'yes',
    canLinger: text('linger') !== '',
    hasCrontab: text('crontab') === 'yes',
    hasTar: text('tar') === 'yes',
    hasGzip: text('gzip') === 'yes',
    jetson: text('jetson') || null,
    gpu: text('gpu') || null,
    clockOffsetMs: deviceTime > 1e12 ? Math.round(deviceTime - (before + after) / 2) : 0,
    hostKeyFingerprint: connection.hostKeyFingerprint,
    agent: text('agent') === 'running' ? 'running' : text('agent') === 'stopped' ? 'stopped' : 'absent',
    probedAtMs: after,
  });
}

/** Absolute path of Lineside's folder on the device. */
export function absoluteRoot(root: string, facts: Pick<DeviceFacts, 'home'>): string {
  return root.startsWith('~/') ? `${facts.home.replace(/\/$/, '')}/${root.slice(2)}` : root;
}
