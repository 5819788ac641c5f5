// Two profiles side by side: the regions in which they differ, and both graphs, which go to the region that is chosen.
import { useQuery } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Profile, Region } from '../../../shared/contract/profiles.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import { type Format, NO_VALUE, useFormat } from '../../lib/format.ts';
import { useApi } from '../../lib/rpc-context.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { DiffBar } from '../../ui/diff-bar.tsx';
import { Loaded } from '../../ui/states.tsx';
import { Tag, type Tone } from '../../ui/status.tsx';
import type { Column } from '../../ui/table-model.ts';
import styles from './profile.module.css';
import { hottestOf, ProfileGraph } from './profile-graph.tsx';
import { useProfile } from './profile-view.tsx';

export function PairView(props: { id: string; otherId: string }) {
  const api = useApi();
  const a = useProfile(props.id);
  const b = useProfile(props.otherId);
  const regions = useQuery(
    api.profiles.regions.queryOptions({
      input: { a: props.id, b: props.otherId },
      staleTime: Number.POSITIVE_INFINITY,
    }),
  );
  return (
    <Loaded query={a}>
      {(first) => (
        <Loaded query={b}>
          {(second) => <Loaded query={regions}>{(rows) => <Pair a={first} b={second} regions={rows} />}</Loaded>}
        </Loaded>
      )}
    </Loaded>
  );
}

interface RegionRow extends Region {
  readonly key: string;
}

const rowKey = (row: RegionRow) => row.key;
const KIND_TONES: Readonly<Record<Region['kind'], Tone>> = {
  same: 'idle',
  changed: 'warn',
  'only-a': 'busy',
  'only-b': 'busy',
};

function Pair(props: { a: Profile; b: Profile; regions: readonly Region[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { a, b } = props;
  const rows = useMemo(
    () => props.regions.map((region, index) => ({ ...region, key: String(index) })),
    [props.regions],
  );
  const [chosen, setChosen] = useState<string | null>(rows[0]?.key ?? null);
  const [selectedA, setSelectedA] = useState<number | null>(null);
  const [selectedB, setSelectedB] = useState<number | null>(null);
  const most = rows.reduce((highest, row) => Math.max(highest, Math.abs(row.bMs - row.aMs)), 0);
  const names = useMemo(() => ({ a: formatRef(a.model), b: formatRef(b.model) }), [a, b]);
  const columns = useMemo(() => columnsOf(t, format, names, most), [t, format, names, most]);
  const region = rows.find((row) => row.key === chosen);
  const open = useCallback((row: RegionRow) => setChosen(row.key), []);
  const common = { hottestMs: Math.max(hottestOf(a), hottestOf(b)) };
  const total = b.latencyMs - a.latencyMs;
  return (
    <div className={styles['pair']}>
      <p className={styles['pairSentence']}>
        {t(total < 0 ? 'profile.pairFaster' : 'profile.pairSlower', {
          a: names.a,
          b: names.b,
          time: format.ms(Math.abs(total)),
          aMs: format.ms(a.latencyMs),
          bMs: format.ms(b.latencyMs),
        })}
      </p>
      <div className={styles['regions']}>
        <DataTable
          label={t('profile.regions')}
          columns={columns}
          rows={rows}
          rowKey={rowKey}
          onOpen={open}
          openKey={chosen}
          rowHeight={32}
          isFilling
        />
      </div>
      <div className={styles['graphs']}>
        <section className={styles['side']} aria-label={names.a}>
          <h2>
            {t('profile.sideA')} <span>{names.a}</span>
          </h2>
          <ProfileGraph
            {...common}
            profile={a}
            selected={selectedA}
            onSelect={setSelectedA}
            lit={region?.aNodes ?? null}
          />
        </section>
        <section className={styles['side']} aria-label={names.b}>
          <h2>
            {t('profile.sideB')} <span>{names.b}</span>
          </h2>
          <ProfileGraph
            {...common}
            profile={b}
            selected={selectedB}
            onSelect={setSelectedB}
            lit={region?.bNodes ?? null}
          />
        </section>
      </div>
    </div>
  );
}

function columnsOf(
  t: TFunction,
  format: Format,
  names: { readonly a: string; readonly b: string },
  most: number,
): ReadonlyArray<Column<RegionRow>> {
  const side = (
    id: 'a' | 'b',
    pick: (row: RegionRow) => number,
    has: (row: RegionRow) => boolean,
  ): Column<RegionRow> => ({
    id,
    header: names[id],
    width: '150px',
    align: 'end',
    sort: pick,
    cell: (row) => (has(row) ? format.ms(pick(row)) : NO_VALUE),
  });
  return [
    {
      id: 'region',
      header: t('profile.columns.region'),
      width: 'minmax(160px, 1.6fr)',
      sort: (row) => row.label,
      cell: (row) => <span title={row.label}>{row.label}</span>,
    },
    {
      id: 'kind',
      header: t('profile.columns.kind'),
      width: '110px',
      sort: (row) => row.kind,
      cell: (row) => <Tag tone={KIND_TONES[row.kind]}>{t(`profile.kinds.${row.kind}`)}</Tag>,
    },
    side(
      'a',
      (row) => row.aMs,
      (row) => row.kind !== 'only-b',
    ),
    side(
      'b',
      (row) => row.bMs,
      (row) => row.kind !== 'only-a',
    ),
    {
      id: 'difference',
      header: t('profile.columns.difference'),
      width: 'minmax(180px, 1.4fr)',
      align: 'end',
      sort: (row) => Math.abs(row.bMs - row.aMs),
      cell: (row) => {
        const value = row.bMs - row.aMs;
        return <DiffBar value={value} most={most} text={format.msChange(value)} />;
      },
    },
  ];
}
