// The graph of a model: pan, zoom, search, select; by mouse, wheel or keyboard. Its nodes can be coloured by their time.
import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelGraph } from '../../../shared/contract/models.ts';
import { useScheme } from '../scheme.ts';
import { Loading } from '../states.tsx';
import { NO_HEAT } from './draw-graph.ts';
import { createGraphCanvas, type GraphCanvas } from './graph-canvas.ts';
import { heatStep, readLook } from './graph-look.ts';
import { GraphToolbar } from './graph-toolbar.tsx';
import styles from './graph-view.module.css';
import { createScene, drawingOf } from './scene.ts';
import { useGraphLayout } from './use-graph-layout.ts';

export interface GraphViewProps {
  label: string;
  graph: ModelGraph;
  /** Milliseconds by node; null for one that never ran by itself. Left out: no colours. */
  times?: ReadonlyArray<number | null> | undefined;
  /** The time at the hot end; left out: that of the hottest node. */
  hottestMs?: number | undefined;
  selected: number | null;
  onSelect: (index: number | null) => void;
  /** Nodes that stand out, and are brought into sight when they change. */
  lit?: readonly number[] | null;
  /** What is said about a node when it is pointed at or selected. */
  describe: (index: number) => string;
  legend?: ReactNode;
}

const NOTHING_LIT: readonly number[] = [];
const PAN_PX = 80;
const ZOOM = 1.35;

/** True when a node's operator or name holds what was typed. */
export function matchNodes(graph: ModelGraph, typed: string): number[] {
  const wanted = typed.trim().toLowerCase();
  if (wanted === '') return [];
  return graph.nodes.flatMap((node, index) =>
    `${node.opType} ${node.name}`.toLowerCase().includes(wanted) ? [index] : [],
  );
}

export function GraphView(props: GraphViewProps) {
  const { t } = useTranslation();
  const { graph, times, hottestMs, selected, onSelect, describe } = props;
  const surface = useRef<HTMLCanvasElement>(null);
  const view = useRef<GraphCanvas | null>(null);
  const select = useRef(onSelect);
  /** Chosen on the canvas itself, where it is in sight already. */
  const clicked = useRef<number | null>(null);
  const [hover, setHover] = useState<{ index: number; x: number; y: number } | null>(null);
  const [typed, setTyped] = useState('');
  const scheme = useScheme();
  const drawing = useMemo(() => drawingOf(graph), [graph]);
  const layout = useGraphLayout(graph, drawing.request);
  const scene = useMemo(() => (layout ? createScene(drawing, layout) : null), [drawing, layout]);
  const matches = useMemo(() => matchNodes(graph, typed), [graph, typed]);
  const heat = useMemo(
    () => (times ? heatOf(times, drawing.nodes.length, hottestMs) : null),
    [times, drawing, hottestMs],
  );
  const lit = typed.trim() === '' ? (props.lit ?? NOTHING_LIT) : matches;
  const nodeCount = graph.nodes.length;

  useEffect(() => {
    select.current = onSelect;
  }, [onSelect]);
  useEffect(() => {
    const canvas = surface.current;
    if (!canvas) return undefined;
    const made = createGraphCanvas(canvas, {
      onSelect: (index) => {
        clicked.current = index !== null && index < nodeCount ? index : null;
        select.current(clicked.current);
      },
      onHover: setHover,
    });
    view.current = made;
    return () => {
      made.destroy();
      view.current = null;
    };
  }, [nodeCount]);
  useEffect(() => {
    if (scene) view.current?.setScene(scene);
  }, [scene]);
  useEffect(() => view.current?.setLook(readLook()), [scheme, nodeCount]);
  useEffect(() => {
    view.current?.setMarks({ heat, selected, lit: lit.length > 0 ? new Set(lit) : null });
  }, [heat, selected, lit, scene]);
  useEffect(() => {
    if (selected !== null && selected !== clicked.current && scene) view.current?.show([selected]);
    clicked.current = null;
  }, [selected, scene]);
  useEffect(() => {
    if (props.lit && props.lit.length > 0 && scene) view.current?.show(props.lit);
  }, [props.lit, scene]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = KEYS[event.key];
    if (event.key === 'Escape') onSelect(null);
    else if (!act || !view.current) return;
    else act(view.current);
    event.preventDefault();
  };
  const pointedName = hover && hover.index < nodeCount ? describe(hover.index) : null;
  return (
    <div className={styles['view']}>
      <GraphToolbar
        count={nodeCount}
        matches={matches}
        typed={typed}
        onType={setTyped}
        onShow={onSelect}
        onZoom={(direction) => view.current?.zoomBy(direction > 0 ? ZOOM : 1 / ZOOM)}
        onFit={() => view.current?.fit()}
        legend={props.legend}
      />
      <div
        className={styles['stage']}
        role="application"
        aria-busy={scene === null}
        aria-label={`${props.label}. ${t('graph.keys')}`}
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        <canvas ref={surface} className={styles['canvas']} aria-hidden="true" />
        {scene === null ? (
          <div className={styles['busy']}>
            <Loading label={t('graph.layout', { count: nodeCount })} />
          </div>
        ) : null}
        {pointedName !== null && hover ? (
          <div className={styles['tip']} style={{ transform: `translate(${hover.x + 14}px, ${hover.y + 16}px)` }}>
            {pointedName}
          </div>
        ) : null}
      </div>
      <p className="sr-only" role="status">
        {selected === null ? '' : t('graph.selected', { node: describe(selected).replaceAll('\n', ', ') })}
      </p>
    </div>
  );
}

const KEYS: Readonly<Record<string, (view: GraphCanvas) => void>> = {
  ArrowUp: (view) => view.panBy(0, PAN_PX),
  ArrowDown: (view) => view.panBy(0, -PAN_PX),
  ArrowLeft: (view) => view.panBy(PAN_PX, 0),
  ArrowRight: (view) => view.panBy(-PAN_PX, 0),
  '+': (view) => view.zoomBy(ZOOM),
  '=': (view) => view.zoomBy(ZOOM),
  '-': (view) => view.zoomBy(1 / ZOOM),
  '0': (view) => view.fit(),
};

/** Ends of the graph and nodes that never ran by themselves stay without heat. */
function heatOf(times: ReadonlyArray<number | null>, count: number, hottestMs: number | undefined): Uint8Array {
  const hottest = hottestMs ?? times.reduce<number>((most, ms) => Math.max(most, ms ?? 0), 0);
  const heat = new Uint8Array(count).fill(NO_HEAT);
  times.forEach((ms, index) => {
    if (ms !== null) heat[index] = heatStep(ms, hottest);
  });
  return heat;
}
