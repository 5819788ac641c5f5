// Above a graph: search with its hits, zoom and fit, and what the colours mean.
import { type KeyboardEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../button.tsx';
import { SearchField } from '../chips.tsx';
import styles from './graph-view.module.css';

export function GraphToolbar(props: {
  count: number;
  matches: readonly number[];
  typed: string;
  onType: (typed: string) => void;
  onShow: (index: number) => void;
  onZoom: (direction: 1 | -1) => void;
  onFit: () => void;
  legend?: ReactNode;
}) {
  const { t } = useTranslation();
  const [at, setAt] = useState(-1);
  const { matches } = props;
  const next = (step: 1 | -1) => {
    if (matches.length === 0) return;
    const index = (Math.max(at, step > 0 ? -1 : 0) + step + matches.length) % matches.length;
    setAt(index);
    const node = matches[index];
    if (node !== undefined) props.onShow(node);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    next(event.shiftKey ? -1 : 1);
  };
  const isSearching = props.typed.trim() !== '';
  return (
    <div className={styles['toolbar']} onKeyDown={onKeyDown}>
      <SearchField
        label={t('graph.search')}
        value={props.typed}
        width={190}
        onChange={(typed) => {
          setAt(-1);
          props.onType(typed);
        }}
      />
      <span className={styles['hits']} role="status">
        {isSearching
          ? at < 0
            ? t('graph.hits', { count: matches.length })
            : t('graph.hitOf', { at: at + 1, count: matches.length })
          : t('graph.nodes', { count: props.count })}
      </span>
      {isSearching ? (
        <>
          <IconButton
            icon="up"
            label={t('graph.previous')}
            isDisabled={matches.length === 0}
            onClick={() => next(-1)}
          />
          <IconButton icon="down" label={t('graph.next')} isDisabled={matches.length === 0} onClick={() => next(1)} />
        </>
      ) : null}
      <span className={styles['end']}>
        {props.legend}
        <IconButton icon="minus" label={t('graph.zoomOut')} onClick={() => props.onZoom(-1)} />
        <IconButton icon="plus" label={t('graph.zoomIn')} onClick={() => props.onZoom(1)} />
        <IconButton icon="fit" label={t('graph.fit')} onClick={props.onFit} />
      </span>
    </div>
  );
}
