// Where the time of a call goes, as a flame chart: a click on a node selects it, on a scope enlarges it.
import { type KeyboardEvent, type MouseEvent, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Profile } from '../../../shared/contract/profiles.ts';
import { useFormat } from '../../lib/format.ts';
import { Button } from '../../ui/button.tsx';
import { readLook } from '../../ui/graph-view/graph-look.ts';
import { useScheme } from '../../ui/scheme.ts';
import { drawFlame, ROW_PX } from './flame-draw.ts';
import { boxAt, type FlameBox, flameOf, hasScopes, neighbour, type Zoom } from './flame-layout.ts';
import styles from './profile.module.css';

interface Hover {
  readonly box: FlameBox;
  readonly x: number;
  readonly y: number;
  /** In the right half, where what is said about it stands at its left. */
  readonly isRight: boolean;
}

const WHOLE: Zoom = { from: 0, to: 1 };

export function FlameChart(props: {
  profile: Profile;
  selected: number | null;
  onSelect: (index: number | null) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const { profile, selected, onSelect } = props;
  const surface = useRef<HTMLCanvasElement>(null);
  const scheme = useScheme();
  const [zoom, setZoom] = useState<Zoom>(WHOLE);
  const [hover, setHover] = useState<Hover | null>(null);
  const boxes = useMemo(() => flameOf(profile), [profile]);
  const depth = boxes.reduce((most, box) => Math.max(most, box.depth), 0) + 1;
  const wholeLabel = t('profile.wholeCall', { time: format.ms(profile.latencyMs) });
  const hovered = hover?.box ?? null;

  useEffect(() => {
    const canvas = surface.current;
    if (!canvas) return undefined;
    const look = readLook();
    const draw = () => drawFlame(canvas, boxes, zoom, look, { selected, hovered, wholeLabel });
    draw();
    const resized = new ResizeObserver(draw);
    resized.observe(canvas);
    return () => resized.disconnect();
  }, [boxes, zoom, selected, hovered, wholeLabel, scheme]);

  const pointed = (event: MouseEvent<HTMLCanvasElement>) => {
    const place = event.currentTarget.getBoundingClientRect();
    const [x, y] = [event.clientX - place.left, event.clientY - place.top];
    return { x, y, isRight: x > place.width / 2, box: boxAt(boxes, zoom, x / place.width, Math.floor(y / ROW_PX)) };
  };
  const onClick = (event: MouseEvent<HTMLCanvasElement>) => {
    const { box } = pointed(event);
    if (!box) return;
    if (box.isLeaf) onSelect(box.nodes[0] ?? null);
    else setZoom({ from: box.from, to: box.to });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
      const next = neighbour(boxes, selected, event.key === 'ArrowRight' ? 1 : -1);
      onSelect(next?.nodes[0] ?? null);
    } else if (event.key === 'Escape' || event.key === '0') setZoom(WHOLE);
    else return;
    event.preventDefault();
  };
  const isZoomed = zoom.from > 0 || zoom.to < 1;
  return (
    <div className={styles['flame']}>
      <div className={styles['flameHead']}>
        <span>{t(hasScopes(profile.nodes) ? 'profile.byScope' : 'profile.byTime')}</span>
        {isZoomed ? <Button onClick={() => setZoom(WHOLE)}>{t('profile.wholeWidth')}</Button> : null}
      </div>
      <div
        className={styles['flameStage']}
        role="application"
        aria-label={`${t('profile.flame')}. ${t('profile.flameKeys')}`}
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        <canvas
          ref={surface}
          className={styles['flameCanvas']}
          style={{ height: depth * ROW_PX }}
          aria-hidden="true"
          onClick={onClick}
          onMouseMove={(event) => {
            const { box, ...place } = pointed(event);
            setHover(box ? { box, ...place } : null);
          }}
          onMouseLeave={() => setHover(null)}
        />
        {hover ? (
          <div
            className={styles['tip']}
            data-left={hover.isRight || undefined}
            style={{ transform: `translate(${hover.x}px, ${hover.y + 18}px)` }}
          >
            <strong>{hover.box.label === '' ? wholeLabel : hover.box.label}</strong>
            <span>
              {format.ms(hover.box.ms)} · {format.percentFine(hover.box.ms / (profile.latencyMs || 1))}
            </span>
          </div>
        ) : null}
      </div>
    </div>
  );
}
