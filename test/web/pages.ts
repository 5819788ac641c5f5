/** The addresses of every page and state that the web tests visit and photograph. */

export interface PageSpec {
  /** File name of the screenshot. */
  readonly id: string;
  readonly state: 'full' | 'empty' | 'first-run' | 'loading' | 'error' | 'away' | 'many' | 'busy';
  /** Address behind the `#`. */
  readonly path: string;
  /** Pressed once the page is there. */
  readonly keys?: string;
  /** Visible when the page is there. */
  readonly ready: string;
}

/** A graph whose layout is done. */
const GRAPH_READY = '[role=application][aria-busy=false]';

/** Pages that exist on a real backend too; the rest are states of the preview. */
export const PAGES: readonly PageSpec[] = [
  { id: 'start', state: 'first-run', path: '/start', ready: 'ol > li' },
  { id: 'fleet', state: 'full', path: '/fleet', ready: '[role=row] [role=gridcell]' },
  { id: 'device', state: 'full', path: '/devices/press-01', ready: 'canvas' },
  { id: 'models', state: 'full', path: '/models', ready: 'aside h2' },
  { id: 'benchmark', state: 'full', path: '/benchmarks', ready: 'aside [role=gridcell]' },
  { id: 'new-benchmark', state: 'full', path: '/benchmarks/new', ready: 'aside form' },
  { id: 'compare', state: 'full', path: '/compare', ready: 'aside canvas' },
  { id: 'profile', state: 'full', path: '/profile', ready: '[role=gridcell]' },
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
  { id: 'model-graph', state: 'full', path: '/models/digits-mobilenet%3A2/graph', ready: GRAPH_READY },
  { id: 'model-graph-large', state: 'full', path: '/models/weld-seam-segmenter%3A2026.11/graph', ready: GRAPH_READY },
  { id: 'benchmark-empty', state: 'empty', path: '/benchmarks', ready: 'main h2' },
  { id: 'benchmark-first', state: 'first-run', path: '/benchmarks', ready: 'aside form' },
  { id: 'benchmark-running', state: 'busy', path: '/benchmarks/run-107', ready: '[role=progressbar]' },
  { id: 'benchmark-interrupted', state: 'full', path: '/benchmarks/run-106', ready: 'aside [role=gridcell]' },
  { id: 'benchmark-failed', state: 'full', path: '/benchmarks/run-099', ready: 'aside [role=alert]' },
  { id: 'benchmark-row', state: 'full', path: '/benchmarks/run-105/b-105-1', ready: 'canvas' },
  { id: 'benchmark-trust', state: 'full', path: '/benchmarks/run-104', ready: 'canvas' },
  { id: 'benchmark-server', state: 'full', path: '/benchmarks/run-103', ready: 'canvas' },
  { id: 'benchmark-reject', state: 'full', path: '/benchmarks/run-102', ready: 'canvas' },
  { id: 'benchmark-sustained', state: 'full', path: '/benchmarks/run-101', ready: 'canvas' },
  { id: 'benchmark-camera', state: 'full', path: '/benchmarks/run-100', ready: 'canvas' },
  { id: 'benchmark-new', state: 'full', path: '/benchmarks/new/digits-mobilenet%3A2', ready: 'aside form' },
  { id: 'compare-empty', state: 'empty', path: '/compare', ready: 'main h2' },
  { id: 'compare-new', state: 'full', path: '/compare/new/digits-mobilenet%3A2', ready: 'aside form' },
  { id: 'compare-many', state: 'full', path: '/compare/c-06', ready: 'aside canvas' },
  { id: 'compare-same', state: 'full', path: '/compare/c-05', ready: 'aside canvas' },
  { id: 'compare-open', state: 'full', path: '/compare/c-04', ready: 'aside canvas' },
  { id: 'compare-gate', state: 'full', path: '/compare/c-03', ready: 'aside canvas' },
  { id: 'profile-empty', state: 'empty', path: '/profile', ready: 'main h2' },
  { id: 'profile-new', state: 'full', path: '/profile/new', ready: 'main form' },
  { id: 'profile-flame', state: 'full', path: '/profile/p-03/flame', ready: '[role=application]' },
  { id: 'profile-graph', state: 'full', path: '/profile/p-03/graph', ready: GRAPH_READY },
  { id: 'profile-pair', state: 'full', path: '/profile/p-02/against/p-03', ready: GRAPH_READY },
  { id: 'bundles-empty', state: 'empty', path: '/bundles', ready: 'main h2' },
  { id: 'create-bundle', state: 'full', path: '/bundles/new', ready: '[role=dialog] form' },
  { id: 'rollouts-empty', state: 'empty', path: '/rollouts', ready: 'main h2' },
  { id: 'rollout-halted', state: 'full', path: '/rollouts/r-017', ready: '[role=gridcell]' },
  { id: 'new-rollout-empty', state: 'empty', path: '/rollouts/new', ready: 'main h2' },
  { id: 'palette', state: 'full', path: '/fleet', ready: '[role=row] [role=gridcell]', keys: 'Control+k' },
  { id: 'nowhere', state: 'full', path: '/nowhere', ready: 'main h2' },
];
