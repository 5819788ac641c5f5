// The `keys` calls of the contract.
import { implement } from '@orpc/server';
import { keysContract } from '../../../shared/contract/bundles.ts';
import type { KeyService } from './key-service.ts';

const os = implement(keysContract);

export function createKeysRouter(keys: KeyService) {
  return os.router({
    init: os.init.handler(({ input }) => keys.init(input)),
    list: os.list.handler(() => keys.list()),
  });
}
