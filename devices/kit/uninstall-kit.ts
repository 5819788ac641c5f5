// Removes Lineside from a device: ends the agent, takes back what starts it at boot, deletes its folder.
import { AppError } from '../../shared/errors/app-error.ts';
import type { Connection } from '../link/connection.ts';
import { shellQuote } from '../link/shell-quote.ts';
import { cronMark, unitName } from './on-device/kit-paths.ts';

const limitMs = 90_000;

export interface UninstallOptions {
  readonly connection: Connection;
  /** Absolute path of Lineside's folder on the device. */
  readonly root: string;
  readonly signal?: AbortSignal;
}

/** In sh alone, so that it works with a kit that is broken. The root counts as Lineside's only with its `layout` file. */
function script(root: string): string {
  return `root=${shellQuote(root)}
unit=${shellQuote(unitName(root))}
mark=${shellQuote(cronMark(root).replaceAll('%', '\\%'))}
[ -e "$root" ] || { echo result=absent; exit 0; }
[ -f "$root/layout" ] || { echo result=foreign; exit 0; }
file="$HOME/.config/systemd/user/$unit"
if [ -f "$file" ]; then
  [ -z "\${XDG_RUNTIME_DIR+set}" ] && XDG_RUNTIME_DIR=/run/user/$(id -u) && export XDG_RUNTIME_DIR
  systemctl --user disable --now "$unit" >/dev/null 2>&1
  rm -f "$file"
  systemctl --user daemon-reload >/dev/null 2>&1
fi
if command -v crontab >/dev/null 2>&1 && crontab -l 2>/dev/null | grep -qF "$mark"; then
  crontab -l 2>/dev/null | grep -vF "$mark" | crontab -
fi
agent() {
  pid=$(sed -n 's/.*"pid": *\\([0-9]*\\).*/\\1/p' "$root/run/agent.json" 2>/dev/null | head -n 1)
  [ -n "$pid" ] && tr '\\0' '\\n' < "/proc/$pid/cmdline" 2>/dev/null | grep -qxF "$root"
}
if agent; then
  [ -x "$root/kit/launch" ] && "$root/kit/launch" stop >/dev/null 2>&1
  agent && kill -TERM "$pid" 2>/dev/null
  tries=0
  while agent && [ "$tries" -lt 10 ]; do sleep 1; tries=$((tries + 1)); done
  agent && kill -KILL "$pid" 2>/dev/null
fi
chmod -R u+rwX "$root" 2>/dev/null
rm -rf "$root" && echo result=removed
`;
}

/**
 * Returns whether there was anything to remove.
 * @throws INPUT_INVALID when the folder is not Lineside's, DEVICE_COMMAND_FAILED, link errors
 */
export async function uninstallKit({
  connection,
  root,
  signal,
}: UninstallOptions): Promise<{ readonly isRemoved: boolean }> {
  if (!root.startsWith('/') || root === '/') {
    throw new AppError('INPUT_INVALID', `The folder ${root} must be an absolute path below /.`, { details: { root } });
  }
  const answer = await connection.exec('sh -s', {
    stdin: Buffer.from(script(root)),
    timeoutMs: limitMs,
    ...(signal ? { signal } : {}),
  });
  const result = /^result=(\w+)$/m.exec(answer.stdout)?.[1];
  if (result === 'foreign') {
    throw new AppError(
      'INPUT_INVALID',
      `The folder ${root} on ${connection.target} is not Lineside's, so it stays; remove it by hand if it is not needed.`,
      { details: { root } },
    );
  }
  if (result === undefined) {
    const reason = answer.stderr.trim().split('\n').at(-1) || `exit ${answer.code ?? 'by a signal'}`;
    throw new AppError('DEVICE_COMMAND_FAILED', `Lineside could not be removed from ${connection.target}: ${reason}.`, {
      details: { code: answer.code },
    });
  }
  return { isRemoved: result === 'removed' };
}
