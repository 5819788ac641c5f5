// Entry of the set-up program, run on the device by the kit's own Node: places the parts, checks that they work, switches to them.
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError, cancelled, toAppError } from '../../../shared/errors/app-error.ts';
import { readOrNull, writeDurable } from './durable-file.ts';
import { type KitPaths, kitPaths } from './kit-paths.ts';
import { partFolder } from './launch-script.ts';
import { placeParts, removeOtherParts, sweepIncoming } from './place-parts.ts';
import { lastWord, runProgram } from './run-program.ts';
import { type SetupEvent, type SetupPlan, setupPlanSchema } from './setup-plan.ts';
import { readInstalled, switchAgent } from './switch-agent.ts';

function tell(event: SetupEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/**
 * The plan is the first line of stdin. The laptop keeps stdin open while it waits: its end before the switch means that the
 * laptop has given up or is gone, which not every SSH server tells by a signal.
 */
function readPlan(onAbandoned: () => void): Promise<SetupPlan> {
  const { promise, resolve, reject } = Promise.withResolvers<SetupPlan>();
  let text = '';
  let hasPlan = false;
  process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
    if (hasPlan) return;
    text += chunk;
    const end = text.indexOf('\n');
    if (end < 0) return;
    hasPlan = true;
    try {
      resolve(setupPlanSchema.parse(JSON.parse(text.slice(0, end))));
    } catch (error) {
      reject(error);
    }
  });
  process.stdin.on('close', () => (hasPlan ? onAbandoned() : reject(cancelled('The set-up'))));
  return promise;
}

/** Loads the runtime in a process of its own, which tells a missing system library before anything is replaced. */
async function tryRuntime(paths: KitPaths, plan: SetupPlan): Promise<void> {
  const binding = join(partFolder(paths, plan.parts, 'onnxruntime'), 'onnxruntime_binding.node');
  const node = join(partFolder(paths, plan.parts, 'node'), 'node');
  const answer = await runProgram(node, ['-e', `process.dlopen({ exports: {} }, ${JSON.stringify(binding)})`]);
  if (answer.code === 0) return;
  const reason = answer.stderr.split('\n').find((line) => /^\S*Error: /.test(line)) ?? lastWord(answer);
  throw new AppError(
    'DEVICE_UNSUPPORTED',
    `ONNX Runtime cannot be loaded on the device (${reason}); it needs glibc 2.28 and libstdc++ 6 or newer.`,
    { details: { reason } },
  );
}

async function setUp(plan: SetupPlan, paths: KitPaths, isAbandoned: () => boolean): Promise<void> {
  if (plan.incoming !== null) {
    if (dirname(plan.incoming) !== paths.kit || !basename(plan.incoming).startsWith('.incoming-'))
      throw new Error(`${plan.incoming} is no incoming folder`);
    tell({ type: 'step', step: 'Checking the kit on the device', isSwitching: false });
    await placeParts(paths, plan.incoming, plan.parts);
    await tryRuntime(paths, plan);
  }
  if (isAbandoned()) throw cancelled('The set-up');
  tell({ type: 'step', step: 'Starting the agent', isSwitching: true });
  // From here on a request to end must not leave the device without an agent.
  process
    .on('SIGTERM', () => undefined)
    .on('SIGHUP', () => undefined)
    .on('SIGINT', () => undefined);
  const { agent, mode } = await switchAgent(paths, plan);
  if ((await readOrNull(paths.trustKeys)) !== plan.trustKeysJson)
    await writeDurable(paths.trustKeys, plan.trustKeysJson, 0o600);
  tell({ type: 'done', agent, startMode: mode });
}

/** Leaves the parts of what is installed, and nothing else. */
async function tidy(paths: KitPaths, plan: SetupPlan | null): Promise<void> {
  if (plan?.incoming) await rm(plan.incoming, { recursive: true, force: true });
  const installed = await readInstalled(paths);
  await removeOtherParts(paths, new Set(installed?.partIds ?? []));
  await sweepIncoming(paths);
}

// The laptop may be gone; the set-up goes on to its end.
process.stdout.on('error', () => undefined);
let plan: SetupPlan | null = null;
let exitCode = 0;
let isAbandoned = false;
try {
  plan = await readPlan(() => {
    isAbandoned = true;
  });
  await setUp(plan, kitPaths(plan.root), () => isAbandoned);
} catch (error) {
  exitCode = 1;
  tell({ type: 'error', error: toAppError(error).toWire() });
}
if (plan) await tidy(kitPaths(plan.root), plan);
process.exit(exitCode);
