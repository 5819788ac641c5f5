// One run: its progress while it goes, its only report, or the table of its configurations.
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { BenchRun } from '../../../shared/contract/bench.ts';
import { errorText } from '../../lib/error-text.ts';
import { useFormat } from '../../lib/format.ts';
import { PATHS } from '../../lib/paths.ts';
import { useApi } from '../../lib/rpc-context.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Section } from '../../ui/page.tsx';
import { Loaded } from '../../ui/states.tsx';
import { BenchProgress } from './bench-progress.tsx';
import { BenchReport } from './bench-report.tsx';
import styles from './benchmark.module.css';
import { RunHead } from './run-head.tsx';
import { RunTable } from './run-table.tsx';
import { rowTitle, varyingSides } from './run-texts.ts';

const REFRESH_MS = 1000;

export function RunView(props: { runId: string; resultId: string | null; onRemoved: () => void }) {
  const api = useApi();
  const run = useQuery(
    api.bench.run.queryOptions({
      input: { id: props.runId },
      refetchInterval: (query) => (query.state.data?.state === 'running' ? REFRESH_MS : false),
    }),
  );
  const { resultId } = props;
  return (
    <Loaded query={run}>
      {(data) =>
        resultId === null ? (
          <WholeRun run={data} onRemoved={props.onRemoved} onChanged={() => void run.refetch()} />
        ) : (
          <Report resultId={resultId} run={data} onRemoved={props.onRemoved} />
        )
      }
    </Loaded>
  );
}

function WholeRun(props: { run: BenchRun; onRemoved: () => void; onChanged: () => void }) {
  const { run } = props;
  const [, navigate] = useLocation();
  const [only] = run.rows;
  const isSingle = run.rows.length === 1;
  if (isSingle && run.state === 'done' && only?.resultId)
    return <Report resultId={only.resultId} run={run} onRemoved={props.onRemoved} />;
  return (
    <>
      <RunHead run={run} onRemoved={props.onRemoved} onChanged={props.onChanged} />
      {run.state === 'running' ? <BenchProgress run={run} onEnded={props.onChanged} /> : null}
      {isSingle ? null : (
        <RunTable run={run} onOpen={(resultId) => navigate(PATHS.benchmarkResult(run.id, resultId))} />
      )}
      <Failures run={run} />
    </>
  );
}

/** The reasons of the rows that have no result, each once with the rows that it ended. */
function Failures(props: { run: BenchRun }) {
  const { t } = useTranslation();
  const { run } = props;
  const sides = varyingSides(run);
  const groups = new Map<string, { error: { code: string; message: string }; rows: string[] }>();
  for (const row of run.rows) {
    if (row.error === null) continue;
    const key = `${row.error.code} ${row.error.message}`;
    const group = groups.get(key) ?? { error: row.error, rows: [] };
    group.rows.push(rowTitle(t, row, sides));
    groups.set(key, group);
  }
  if (groups.size === 0) return null;
  if (run.rows.length === 1) {
    const [group] = groups.values();
    return <div className={styles['failure']}>{group ? <ErrorNote error={group.error} /> : null}</div>;
  }
  return (
    <Section title={t('bench.failures')}>
      <ul className={styles['failures']}>
        {[...groups].map(([key, group]) => (
          <li key={key}>
            <strong>{group.rows.join('; ')}</strong>
            <span>
              {errorText(t, group.error).title}. {group.error.message}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Report(props: { resultId: string; run: BenchRun; onRemoved: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const api = useApi();
  const result = useQuery(
    api.bench.get.queryOptions({ input: { id: props.resultId }, staleTime: Number.POSITIVE_INFINITY }),
  );
  const { run } = props;
  const back =
    run.rows.length > 1
      ? {
          path: PATHS.benchmark(run.id),
          label: t('bench.toTable', { count: run.rows.length, time: format.time(run.startedAtMs) }),
        }
      : null;
  return (
    <Loaded query={result}>
      {(data) => <BenchReport key={data.id} result={data} back={back} onRemoved={props.onRemoved} />}
    </Loaded>
  );
}
