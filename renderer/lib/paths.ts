// The addresses of the pages, so that no feature spells the address of another.

const part = encodeURIComponent;

export const PATHS = {
  start: '/start',
  fleet: '/fleet',
  device: (name: string) => `/devices/${part(name)}`,
  models: '/models',
  model: (ref: string) => `/models/${part(ref)}`,
  modelGraph: (ref: string) => `/models/${part(ref)}/graph`,
  benchmarks: '/benchmarks',
  /** A run: the table of its configurations, or the report of its only one. */
  benchmark: (runId: string) => `/benchmarks/${part(runId)}`,
  benchmarkResult: (runId: string, resultId: string) => `/benchmarks/${part(runId)}/${part(resultId)}`,
  newBenchmarks: '/benchmarks/new',
  newBenchmark: (modelRef: string) => `/benchmarks/new/${part(modelRef)}`,
  compare: '/compare',
  comparison: (id: string) => `/compare/${part(id)}`,
  newComparisons: '/compare/new',
  newComparison: (modelRef: string) => `/compare/new/${part(modelRef)}`,
  profiles: '/profile',
  profile: (id: string) => `/profile/${part(id)}`,
  /** One of the views of a profile: table, flame or graph. */
  profileView: (id: string, view: string) => `/profile/${part(id)}/${part(view)}`,
  profilePair: (id: string, otherId: string) => `/profile/${part(id)}/against/${part(otherId)}`,
  newProfiles: '/profile/new',
  newProfile: (modelRef: string) => `/profile/new/${part(modelRef)}`,
  bundles: '/bundles',
  bundle: (ref: string) => `/bundles/${part(ref)}`,
  newBundle: (modelRef: string) => `/bundles/new/${part(modelRef)}`,
  rollouts: '/rollouts',
  rollout: (id: string) => `/rollouts/${part(id)}`,
  newRollout: '/rollouts/new',
  newRolloutTo: (selector: string) => `/rollouts/new/to/${part(selector)}`,
  newRolloutOf: (bundleRef: string) => `/rollouts/new/of/${part(bundleRef)}`,
} as const;
