// The table of a profile: nodes of the source graph or operators, by time.
import type { TFunction } from 'i18next';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Profile } from '../../../shared/contract/profiles.ts';
import { type Format, NO_VALUE, useFormat } from '../../lib/format.ts';
import { SearchField } from '../../ui/chips.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Segments } from '../../ui/fields.tsx';
import { Meter } from '../../ui/meter.tsx';
import type { Column } from '../../ui/table-model.ts';
import styles from './profile.module.css';
import { matchRows, nodeRows, operatorRows, type ProfileRow } from './profile-rows.ts';

const rowKey = (row: ProfileRow) => row.key;
type Grouping = 'nodes' | 'operators';

export function ProfileTable(props: {
  profile: Profile;
  selected: number | null;
  onSelect: (index: number | null) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const { profile, selected, onSelect } = props;
  const [grouping, setGrouping] = useState<Grouping>('nodes');
  const [typed, setTyped] = useState('');
  const rows = useMemo(
    () => matchRows(grouping === 'nodes' ? nodeRows(profile) : operatorRows(profile), typed),
    [profile, grouping, typed],
  );
  const columns = useMemo(() => columnsOf(t, format, grouping), [t, format, grouping]);
  const open = useCallback(
    (row: ProfileRow) => {
      if (row.node !== null) onSelect(row.node);
      else {
        setGrouping('nodes');
        setTyped(row.opType);
      }
    },
    [onSelect],
  );
  return (
    <div className={styles['table']}>
      <div className={styles['tableHead']}>
        <Segments
          label={t('profile.grouping')}
          value={grouping}
          onChange={setGrouping}
          choices={[
            { value: 'nodes', label: t('profile.nodes') },
            { value: 'operators', label: t('profile.operators') },
          ]}
        />
        <SearchField label={t('profile.search')} value={typed} onChange={setTyped} width={200} />
        <span className={styles['hint']}>{t('profile.rows', { count: rows.length })}</span>
      </div>
      <DataTable
        key={grouping}
        label={t(grouping === 'nodes' ? 'profile.nodes' : 'profile.operators')}
        columns={columns}
        rows={rows}
        rowKey={rowKey}
        onOpen={open}
        openKey={selected === null ? null : String(selected)}
        isOpenShown
        initialSort={{ id: 'ms', isDescending: true }}
        rowHeight={32}
        isFilling
      />
    </div>
  );
}

function columnsOf(t: TFunction, format: Format, grouping: Grouping): ReadonlyArray<Column<ProfileRow>> {
  const name: Column<ProfileRow> = {
    id: 'name',
    header: t(grouping === 'nodes' ? 'profile.columns.node' : 'profile.columns.operator'),
    width: 'minmax(160px, 2fr)',
    sort: (row) => row.name,
    cell: (row) => <span title={row.name}>{row.name}</span>,
  };
  const time: Array<Column<ProfileRow>> = [
    {
      id: 'ms',
      header: t('profile.columns.time'),
      width: '80px',
      align: 'end',
      sort: (row) => row.ms,
      cell: (row) => (row.ms > 0 ? format.ms(row.ms) : NO_VALUE),
    },
    {
      id: 'share',
      header: t('profile.columns.share'),
      width: 'minmax(110px, 1fr)',
      startsHigh: true,
      sort: (row) => row.share,
      cell: (row) => (
        <Meter label={t('profile.columns.share')} share={row.share} text={format.percentFine(row.share)} />
      ),
    },
  ];
  if (grouping === 'operators')
    return [
      name,
      {
        id: 'count',
        header: t('profile.columns.count'),
        width: '70px',
        align: 'end',
        sort: (row) => row.count,
        cell: (row) => format.integer(row.count),
      },
      ...time,
      {
        id: 'provider',
        header: t('bench.provider'),
        width: '120px',
        sort: (row) => row.provider,
        cell: (row) => row.provider || NO_VALUE,
      },
    ];
  return [
    name,
    {
      id: 'operator',
      header: t('profile.columns.operator'),
      width: 'minmax(90px, 0.8fr)',
      sort: (row) => row.opType,
      cell: (row) => row.opType,
    },
    ...time,
    {
      id: 'kernel',
      header: t('profile.columns.kernel'),
      width: 'minmax(110px, 1.2fr)',
      sort: (row) => row.kernel,
      cell: (row) => <span title={row.kernel}>{row.kernel || t('profile.folded')}</span>,
    },
  ];
}
