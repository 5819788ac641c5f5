// All rollouts, newest first; those under way refresh themselves.

import { useQuery } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { Rollout } from '../../../shared/contract/rollouts.ts';
import { type Format, useFormat } from '../../lib/format.ts';
import { PATHS } from '../../lib/paths.ts';
import { useApi } from '../../lib/rpc-context.tsx';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Mono } from '../../ui/facts.tsx';
import { Meter } from '../../ui/meter.tsx';
import { Page } from '../../ui/page.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { Status } from '../../ui/status.tsx';
import type { Column } from '../../ui/table-model.ts';
import { TwoLines } from '../../ui/two-lines.tsx';
import { doneCount, isEnded, ROLLOUT_TONES, rolloutSentence } from './rollout-status.ts';

const NONE: readonly Rollout[] = [];
const REFRESH_MS = 2000;
const rolloutId = (rollout: Rollout) => rollout.id;

export function RolloutsPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const api = useApi();
  const [, navigate] = useLocation();
  const rollouts = useQuery(
    api.rollouts.list.queryOptions({
      refetchInterval: (query) => (query.state.data?.some((rollout) => !isEnded(rollout)) ? REFRESH_MS : false),
    }),
  );
  const all = rollouts.data ?? NONE;
  const rows = useMemo(() => [...all].sort((a, b) => b.startedAtMs - a.startedAtMs), [all]);
  const columns = useMemo(() => rolloutColumns(t, format), [t, format]);
  const open = useCallback((rollout: Rollout) => navigate(PATHS.rollout(rollout.id)), [navigate]);
  const create = (
    <Button kind="primary" icon="plus" onClick={() => navigate(PATHS.newRollout)}>
      {t('rollouts.new')}
    </Button>
  );
  return (
    <Page title={t('nav.rollouts')} sub={t('rollouts.sub')} isFixed actions={create}>
      <Loaded query={rollouts}>
        {() =>
          rows.length === 0 ? (
            <Empty icon="rollout" title={t('rollouts.empty.title')} text={t('rollouts.empty.text')} action={create} />
          ) : (
            <DataTable
              label={t('nav.rollouts')}
              columns={columns}
              rows={rows}
              rowKey={rolloutId}
              onOpen={open}
              rowHeight={44}
              isFilling
            />
          )
        }
      </Loaded>
    </Page>
  );
}

function rolloutColumns(t: TFunction, format: Format): ReadonlyArray<Column<Rollout>> {
  return [
    {
      id: 'bundle',
      header: t('rollouts.columns.bundle'),
      width: 'minmax(180px, 1.2fr)',
      sort: (rollout) => `${rollout.bundle.name}:${rollout.bundle.version}`,
      cell: (rollout) => (
        <TwoLines
          first={`${rollout.bundle.name}:${rollout.bundle.version}`}
          second={format.dateTime(rollout.startedAtMs)}
          isStrong
        />
      ),
    },
    {
      id: 'state',
      header: t('rollouts.columns.state'),
      width: '140px',
      sort: (rollout) => rollout.state,
      cell: (rollout) => (
        <Status
          tone={ROLLOUT_TONES[rollout.state]}
          word={t(`rolloutState.${rollout.state}`)}
          isPulsing={!isEnded(rollout)}
        />
      ),
    },
    {
      id: 'done',
      header: t('rollouts.columns.done'),
      width: '160px',
      sort: (rollout) => doneCount(rollout) / Math.max(1, rollout.devices.length),
      cell: (rollout) => {
        const done = doneCount(rollout);
        return (
          <Meter
            label={t('rollouts.columns.done')}
            share={done / Math.max(1, rollout.devices.length)}
            text={`${done}/${rollout.devices.length}`}
          />
        );
      },
    },
    {
      id: 'selector',
      header: t('rollouts.columns.selector'),
      width: 'minmax(150px, 1fr)',
      isApart: true,
      cell: (rollout) => <Mono title={rollout.selector}>{rollout.selector}</Mono>,
    },
    {
      id: 'summary',
      header: t('rollouts.columns.summary'),
      width: 'minmax(200px, 2fr)',
      cell: (rollout) => <span title={rolloutSentence(t, rollout)}>{rolloutSentence(t, rollout)}</span>,
    },
    {
      id: 'took',
      header: t('rollouts.columns.took'),
      width: '84px',
      align: 'end',
      sort: (rollout) => (rollout.finishedAtMs === null ? null : rollout.finishedAtMs - rollout.startedAtMs),
      cell: (rollout) =>
        format.duration(rollout.finishedAtMs === null ? null : rollout.finishedAtMs - rollout.startedAtMs),
    },
  ];
}
