// The `profiles` calls of the contract.
import { implement } from '@orpc/server';
import { profilesContract } from '../../../shared/contract/profiles.ts';
import type { ProfileService } from './profile-service.ts';

const os = implement(profilesContract);

export function createProfilesRouter(profiles: ProfileService) {
  return os.router({
    start: os.start.handler(({ input }) => ({ jobId: profiles.start(input) })),
    list: os.list.handler(() => profiles.list()),
    get: os.get.handler(({ input }) => profiles.get(input.id)),
    remove: os.remove.handler(({ input }) => profiles.remove(input.id)),
    regions: os.regions.handler(({ input }) => profiles.regions(input.a, input.b)),
  });
}
