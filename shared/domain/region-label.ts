// What a stretch of nodes is called: the scope that its names share, and its operators with repetitions folded.

interface NamedNode {
  readonly name: string;
  readonly opType: string;
}

const MAX_PERIOD = 6;
const MAX_PARTS = 6;

/**
 * The block of a network that a node's name places it in, as exporters write paths: `features/features.3` of
 * `/features/features.3/conv/conv.0/Conv`, `slow` of `/slow/0/Relu`. Empty for names that are no paths.
 */
export function scopeOf(name: string): string {
  const segments = name
    .split('/')
    .filter((segment) => segment !== '')
    .slice(0, -1);
  const numbered = segments.findIndex((segment) => /\.\d+$/.test(segment));
  return segments.slice(0, Math.max(1, numbered + 1)).join('/');
}

/** As `slow: (Conv → Relu) × 2 → Conv → Add`; without the scope where the names have none in common. */
export function regionLabel(nodes: readonly NamedNode[]): string {
  const scopes = new Set(nodes.map(({ name }) => scopeOf(name)));
  const [scope = ''] = scopes;
  const parts = foldRepeats(nodes.map(({ opType }) => opType));
  const operators = parts.length > MAX_PARTS ? [...parts.slice(0, MAX_PARTS), '…'] : parts;
  return `${scopes.size === 1 && scope !== '' ? `${scope}: ` : ''}${operators.join(' → ')}`;
}

/** Writes a sequence that follows itself once, with how often; the longest stretches first, the shorter period where equal. */
function foldRepeats(operators: readonly string[]): string[] {
  const parts: string[] = [];
  for (let at = 0; at < operators.length; ) {
    let best = { period: 1, times: 1 };
    for (let period = 1; period <= MAX_PERIOD; period++) {
      let times = 1;
      while (isRepeated(operators, at, period, times)) times += 1;
      if (times > 1 && times * period > best.times * best.period) best = { period, times };
    }
    const unit = operators.slice(at, at + best.period).join(' → ');
    if (best.times === 1) parts.push(unit);
    else parts.push(`${best.period > 1 ? `(${unit})` : unit} × ${best.times}`);
    at += best.period * best.times;
  }
  return parts;
}

function isRepeated(operators: readonly string[], at: number, period: number, times: number): boolean {
  for (let i = 0; i < period; i++) {
    const next = operators[at + times * period + i];
    if (next === undefined || next !== operators[at + i]) return false;
  }
  return true;
}
