// `lineside profile`: where a model's time goes, or two models side by side.
import { type Command, Option } from 'commander';
import { LEVELS, type OptimizationLevel, PROVIDERS, type Provider } from '../../../shared/contract/bench-options.ts';
import type { Profile } from '../../../shared/contract/profiles.ts';
import { followJob } from './follow-job.ts';
import { positiveInteger, seconds } from './parse.ts';
import { GROUPINGS, type Grouping, printProfile, printRegions } from './profile-tables.ts';
import { runSession, type Session } from './session.ts';
import { addSetupOptions, type SetupOptions, setupOf } from './setup-options.ts';

interface ProfileOptions extends SetupOptions {
  readonly device?: string;
  readonly threads?: number;
  readonly batch?: number;
  readonly provider?: Provider;
  readonly level?: OptimizationLevel;
  readonly duration?: number;
  readonly by: Grouping;
  readonly top: number;
}

const DEFAULT_TOP = 20;

export function addProfileCommands(program: Command): void {
  const command = program
    .command('profile')
    .description("where a model's time goes, node by node; with two models, region by region")
    .argument('<ref>', 'name or name:version')
    .argument('[other]', 'a second model, to be compared with the first');
  addSetupOptions(command)
    .option('--device <name>', 'profile on this device (default: this computer)')
    .option('--threads <n>', 'threads inside an operator (default: 1)', positiveInteger)
    .option('--batch <n>', 'size of the dynamic batch axis (default: 1)', positiveInteger)
    .addOption(new Option('--provider <name>', 'execution provider (default: cpu)').choices(PROVIDERS))
    .addOption(new Option('--level <level>', 'optimization level (default: all)').choices(LEVELS))
    .option('--duration <time>', 'how long the profiled calls take (default: 3s)', seconds)
    .addOption(new Option('--by <what>', 'what the rows are').choices(GROUPINGS).default('node'))
    .option('--top <n>', 'so many rows', positiveInteger, DEFAULT_TOP)
    .action((ref: string, other: string | undefined, options: ProfileOptions) =>
      runSession(command, async (session) => {
        const first = await profile(session, ref, options);
        if (other === undefined) {
          session.terminal.json(first);
          printProfile(session.terminal, first, options);
          return;
        }
        const second = await profile(session, other, options);
        const regions = await session.client.profiles.regions({ a: first.id, b: second.id });
        session.terminal.json({ a: first, b: second, regions });
        printRegions(session.terminal, first, second, regions, options.top);
        session.terminal.line();
        printProfile(session.terminal, second, options);
      }),
    );
}

async function profile(session: Session, modelRef: string, options: ProfileOptions): Promise<Profile> {
  const { threads, batch, provider, level, duration } = options;
  const { jobId } = await session.client.profiles.start({
    ...{ modelRef, threads, batch, provider, level },
    machine: options.device,
    ...setupOf(options),
    durationS: duration,
  });
  return session.client.profiles.get({ id: await followJob(session, jobId, `Profiling ${modelRef}`) });
}
