// The addresses of the pages, so that no feature spells the address of another.

const part = encodeURIComponent;

export const PATHS = {
  start: '/start',
  fleet: '/fleet',
  device: (name: string) => `/devices/${part(name)}`,
  models: '/models',
  model: (ref: string) => `/models/${part(ref)}`,
  benchmarks: '/benchmarks',
  benchmark: (id: string) => `/benchmarks/${part(id)}`,
  newBenchmark: (modelRef: string) => `/benchmarks/new/${part(modelRef)}`,
  bundles: '/bundles',
  bundle: (ref: string) => `/bundles/${part(ref)}`,
  newBundle: (modelRef: string) => `/bundles/new/${part(modelRef)}`,
  rollouts: '/rollouts',
  rollout: (id: string) => `/rollouts/${part(id)}`,
  newRollout: '/rollouts/new',
  newRolloutTo: (selector: string) => `/rollouts/new/to/${part(selector)}`,
  newRolloutOf: (bundleRef: string) => `/rollouts/new/of/${part(bundleRef)}`,
} as const;
