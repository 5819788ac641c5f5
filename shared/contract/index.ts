// The RPC contract between the page or the command line and the backend, one file a domain.
import type { ContractRouterClient } from '@orpc/contract';
import { benchContract } from './bench.ts';
import { bundlesContract, keysContract } from './bundles.ts';
import { compareContract } from './compare.ts';
import { devicesContract } from './devices.ts';
import { jobsContract } from './jobs.ts';
import { modelsContract } from './models.ts';
import { profilesContract } from './profiles.ts';
import { rolloutsContract } from './rollouts.ts';
import { systemContract } from './system.ts';

export const contract = {
  system: systemContract,
  models: modelsContract,
  bench: benchContract,
  compare: compareContract,
  profiles: profilesContract,
  keys: keysContract,
  bundles: bundlesContract,
  devices: devicesContract,
  rollouts: rolloutsContract,
  jobs: jobsContract,
};

export type Contract = typeof contract;

/** The typed client of the contract, the same for every transport. */
export type RpcClient = ContractRouterClient<Contract>;
