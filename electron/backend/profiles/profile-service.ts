// Profiles of models as jobs, and what two of them have in common.
import type { BenchPriority, OptimizationLevel, Provider } from '../../../shared/contract/bench-options.ts';
import type { Profile, ProfileSummary, Region } from '../../../shared/contract/profiles.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import { resolveOne } from '../bench/bench-machines.ts';
import type { BenchMachines } from '../bench/machine.ts';
import { checkBounds } from '../bench/plan-rows.ts';
import type { Database } from '../database.ts';
import type { JobService } from '../jobs/job-service.ts';
import type { ModelService } from '../models/model-service.ts';
import type { Ports } from '../ports.ts';
import { createProfileStore } from './profile-store.ts';

export interface StartProfile {
  readonly modelRef: string;
  /** `local` or a device name. */
  readonly machine?: string | undefined;
  readonly threads?: number | undefined;
  readonly batch?: number | undefined;
  readonly provider?: Provider | undefined;
  readonly level?: OptimizationLevel | undefined;
  readonly dimensions?: Readonly<Record<string, number>> | undefined;
  readonly isDynamic?: boolean | undefined;
  readonly priority?: BenchPriority | undefined;
  /** Of the profiled calls. */
  readonly durationS?: number | undefined;
}

export interface ProfileService {
  /** Returns the id of the job, whose result will be the id of the Profile. @throws NOT_FOUND, NAME_INVALID, SELECTOR_*, INPUT_INVALID */
  start(input: StartProfile): string;
  /** Newest first. */
  list(): ProfileSummary[];
  /** @throws NOT_FOUND */
  get(id: string): Profile;
  /** @throws NOT_FOUND */
  remove(id: string): { removed: string };
  /** The largest difference in time first. @throws NOT_FOUND */
  regions(a: string, b: string): Promise<Region[]>;
}

export interface ProfileServiceOptions {
  readonly ports: Pick<Ports, 'dataDir'>;
  readonly db: Database;
  readonly jobs: JobService;
  readonly models: Pick<ModelService, 'resolve' | 'get'>;
  readonly machines: BenchMachines;
}

export function createProfileService({ ports, db, jobs, models, machines }: ProfileServiceOptions): ProfileService {
  const store = createProfileStore(db);

  return {
    start: (input) => {
      const { threads, durationS } = input;
      checkBounds('The profile', { durationS, ...(threads === undefined ? {} : { threads: [threads] }) });
      const ref = formatRef(models.get(input.modelRef));
      const machine = resolveOne(machines, input.machine);
      return jobs.start('profile', ref, async (job) => {
        // What reads ONNX files and measures is needed only by whoever profiles.
        const { profileModel } = await import('./profile-model.ts');
        const { profile, outline } = await profileModel(
          { ref, setup: input, machine, job },
          { dataDir: ports.dataDir, models, machines },
        );
        store.add(profile, outline);
        return profile.id;
      });
    },
    list: store.list,
    get: store.get,
    remove: (id) => {
      store.remove(id);
      return { removed: id };
    },
    regions: async (a, b) => {
      const { alignProfiles } = await import('../../../shared/domain/profile-regions.ts');
      const side = (id: string) => ({ nodes: store.outline(id), times: store.get(id).nodes });
      return alignProfiles(side(a), side(b));
    },
  };
}
