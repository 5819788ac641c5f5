// The operators of a graph by how often they occur; the rest behind a button.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelDetail } from '../../../shared/contract/models.ts';
import { useFormat } from '../../lib/format.ts';
import { Button } from '../../ui/button.tsx';
import styles from './model-inspector.module.css';

const SHOWN = 8;

export function OperatorBars(props: { operators: ModelDetail['operators'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [isWhole, setWhole] = useState(false);
  const sorted = [...props.operators].sort((a, b) => b.count - a.count);
  const most = sorted[0]?.count ?? 1;
  const shown = isWhole ? sorted : sorted.slice(0, SHOWN);
  return (
    <>
      <ul className={styles['operators']}>
        {shown.map((operator) => (
          <li key={`${operator.domain}:${operator.opType}`}>
            <span className={styles['opType']} title={operator.opType}>
              {operator.opType}
              {operator.domain === '' || operator.domain === 'ai.onnx' ? null : <small> {operator.domain}</small>}
            </span>
            <span className={styles['bar']} aria-hidden="true">
              <span style={{ width: `${(operator.count / most) * 100}%` }} />
            </span>
            <span className={styles['count']}>{format.integer(operator.count)}</span>
          </li>
        ))}
      </ul>
      {sorted.length > SHOWN ? (
        <Button kind="quiet" onClick={() => setWhole(!isWhole)}>
          {isWhole ? t('common.showLess') : t('models.showAll', { count: sorted.length })}
        </Button>
      ) : null}
    </>
  );
}
