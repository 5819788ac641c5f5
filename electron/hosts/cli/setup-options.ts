// Options of the command line that say how a model is held and measured, the same for benchmarks and comparisons.
import { type Command, Option } from 'commander';
import type { BenchPriority } from '../../../shared/contract/bench-options.ts';
import { dimension } from './parse.ts';

export interface SetupOptions {
  readonly dim?: Record<string, number>;
  readonly dynamic?: boolean;
  readonly priority?: BenchPriority;
}

const PRIORITIES: readonly BenchPriority[] = ['normal', 'low', 'exclusive'];

export function addSetupOptions(command: Command): Command {
  return command
    .option('--dim <name=size>', 'size of a dynamic dimension; may be repeated', dimension)
    .option('--dynamic', 'leave dynamic dimensions as they are in the file')
    .addOption(
      new Option('--priority <how>', 'against other programs there (default: normal here, low on devices)').choices(
        PRIORITIES,
      ),
    );
}

/** What these options are in a call. */
export function setupOf({ dim, dynamic, priority }: SetupOptions): {
  dimensions: Record<string, number> | undefined;
  isDynamic: boolean | undefined;
  priority: BenchPriority | undefined;
} {
  return { dimensions: dim, isDynamic: dynamic, priority };
}
