// The head of a report: model, machine, set-up, and what can be done with the result.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { BenchResult } from '../../../shared/contract/bench-result.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import { useFormat } from '../../lib/format.ts';
import { machineName } from '../../lib/machines.ts';
import { PATHS } from '../../lib/paths.ts';
import { useServices } from '../../lib/rpc-context.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { ConfirmDialog, type Question } from '../../ui/dialog.tsx';
import { Icon } from '../../ui/icons.tsx';
import { DropMenu } from '../../ui/menu.tsx';
import { useToasts } from '../../ui/toast.tsx';
import styles from './benchmark.module.css';
import { ExportMenu } from './export-menu.tsx';
import { setupText } from './run-texts.ts';

export interface BackLink {
  readonly path: string;
  readonly label: string;
}

export function ReportHead(props: { result: BenchResult; back: BackLink | null; onRemoved: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { client } = useServices();
  const toasts = useToasts();
  const [, navigate] = useLocation();
  const [question, setQuestion] = useState<Question | null>(null);
  const { result, back } = props;
  const ref = formatRef(result.model);
  const askRemove = () =>
    setQuestion({
      title: t('bench.removeTitle', { ref, time: format.dateTime(result.startedAtMs) }),
      consequence: t('bench.removeText'),
      action: t('bench.remove'),
      run: async () => {
        await client.bench.remove({ id: result.id });
        toasts.done(t('bench.removed', { ref }));
        props.onRemoved();
        navigate(back?.path ?? PATHS.benchmarks);
      },
    });
  return (
    <>
      {back ? (
        <a className={styles['back']} href={`#${back.path}`}>
          <Icon name="back" size={12} />
          {back.label}
        </a>
      ) : null}
      <div className={styles['head']}>
        <div className={styles['heading']}>
          <h2>{ref}</h2>
          <span>
            {format.dateTime(result.startedAtMs)} · {machineName(t, result.machine)}
          </span>
          <span>{setupText(t, format, result.options, [])}</span>
        </div>
        <Button icon="flame" onClick={() => navigate(PATHS.newProfile(ref))}>
          {t('bench.profile')}
        </Button>
        <ExportMenu id={result.id} name={ref} />
        <DropMenu
          label={t('bench.more')}
          target={<IconButton icon="menu" label={t('bench.more')} />}
          entries={[
            {
              id: 'compare',
              label: t('bench.compare'),
              icon: 'compare',
              run: () => navigate(PATHS.newComparison(ref)),
            },
            { id: 'bundle', label: t('models.pack'), icon: 'bundle', run: () => navigate(PATHS.newBundle(ref)) },
            { id: 'remove', label: t('bench.remove'), isDestructive: true, run: askRemove },
          ]}
        />
        <ConfirmDialog question={question} onClose={() => setQuestion(null)} />
      </div>
    </>
  );
}
