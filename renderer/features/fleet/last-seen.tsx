// When a device was last heard of: relative, with the exact time on hover; a live device needs no clock.
import { useTranslation } from 'react-i18next';
import { NO_VALUE, useFormat } from '../../lib/format.ts';
import { useNow } from '../../lib/use-now.ts';
import { Dim } from '../../ui/facts.tsx';

export function LastSeen(props: { atMs: number | null; isOnline: boolean }) {
  const { t } = useTranslation();
  if (props.isOnline) return <span>{t('fleet.live')}</span>;
  return props.atMs === null ? <Dim>{NO_VALUE}</Dim> : <Age atMs={props.atMs} />;
}

function Age(props: { atMs: number }) {
  const format = useFormat();
  const now = useNow();
  return <Dim title={format.dateTime(props.atMs)}>{format.age(now - props.atMs)}</Dim>;
}
