/** The addresses of every page and state that the web tests visit and photograph. */

export interface PageSpec {
  /** File name of the screenshot. */
  readonly id: string;
  readonly state: 'full' | 'empty' | 'first-run' | 'loading' | 'error' | 'away' | 'many';
  /** Address behind the `#`. */
  readonly path: string;
  /** Pressed once the page is there. */
  readonly keys?: string;
  /** Visible when the page is there. */
  readonly ready: string;
}

/** Pages that exist on a real backend too; the rest are states of the preview. */
export const PAGES: readonly PageSpec[] = [
  { id: 'start', state: 'first-run', path: '/start', ready: 'ol > li' },
  { id: 'fleet', state: 'full', path: '/fleet', ready: '[role=row] [role=gridcell]' },
  { id: 'device', state: 'full', path: '/devices/press-01', ready: 'canvas' },
  { id: 'models', state: 'full', path: '/models', ready: 'aside h2' },
  { id: 'benchmark', state: 'full', path: '/benchmarks', ready: 'canvas' },
  { id: 'bundles', state: 'full', path: '/bundles', ready: 'aside h2' },
  { id: 'rollouts', state: 'full', path: '/rollouts', ready: '[role=gridcell]' },
  { id: 'rollout-live', state: 'full', path: '/rollouts/r-018', ready: '[role=gridcell]' },
  { id: 'new-rollout', state: 'full', path: '/rollouts/new', ready: '[role=cell]' },
];

export const STATES: readonly PageSpec[] = [
  { id: 'start-empty', state: 'empty', path: '/start', ready: 'ol > li' },
  { id: 'fleet-empty', state: 'empty', path: '/fleet', ready: 'main h2' },
  { id: 'fleet-many', state: 'many', path: '/fleet', ready: '[role=row] [role=gridcell]' },
  { id: 'fleet-loading', state: 'loading', path: '/fleet', ready: 'main [role=status]' },
  { id: 'fleet-error', state: 'error', path: '/fleet', ready: 'main [role=alert]' },
  { id: 'fleet-away', state: 'away', path: '/fleet', ready: 'main > [role=alert]' },
  { id: 'add-device', state: 'full', path: '/fleet/add', ready: '[role=dialog] form' },
  { id: 'device-agent-missing', state: 'full', path: '/devices/pack-03', ready: 'main [role=alert]' },
  { id: 'device-locked', state: 'full', path: '/devices/paint-02', ready: 'main form' },
  { id: 'device-host-key', state: 'full', path: '/devices/paint-03', ready: 'main [role=alert]' },
  { id: 'models-empty', state: 'empty', path: '/models', ready: 'main h2' },
  { id: 'import-model', state: 'full', path: '/models/import', ready: '[role=dialog] form' },
  { id: 'model-detail', state: 'full', path: '/models/weld-seam-segmenter%3A2026.11', ready: 'aside h2' },
  { id: 'benchmark-short', state: 'full', path: '/benchmarks/b-102', ready: 'canvas' },
  { id: 'benchmark-new', state: 'full', path: '/benchmarks/new/digits-mobilenet%3A2', ready: 'main h2' },
  { id: 'bundles-empty', state: 'empty', path: '/bundles', ready: 'main h2' },
  { id: 'create-bundle', state: 'full', path: '/bundles/new', ready: '[role=dialog] form' },
  { id: 'rollouts-empty', state: 'empty', path: '/rollouts', ready: 'main h2' },
  { id: 'rollout-halted', state: 'full', path: '/rollouts/r-017', ready: '[role=gridcell]' },
  { id: 'new-rollout-empty', state: 'empty', path: '/rollouts/new', ready: 'main h2' },
  { id: 'palette', state: 'full', path: '/fleet', ready: '[role=row] [role=gridcell]', keys: 'Control+k' },
  { id: 'nowhere', state: 'full', path: '/nowhere', ready: 'main h2' },
];
