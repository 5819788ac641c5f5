// One step of the main job: what it is for, what is there of it, and the button.
import { useTranslation } from 'react-i18next';
import type { Journey } from '../../../shared/contract/system.ts';
import type { JourneyStep } from '../../lib/journey.ts';
import { said } from '../../lib/said.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Icon } from '../../ui/icons.tsx';
import { ProgressBar } from '../../ui/meter.tsx';
import styles from './start.module.css';
import { useStep } from './use-step.ts';

export function StepCard(props: {
  step: JourneyStep;
  number: number;
  journey: Journey;
  isDone: boolean;
  isNext: boolean;
}) {
  const { t } = useTranslation();
  const { step, journey, isDone, isNext } = props;
  const action = useStep(step, journey);
  return (
    <li className={styles['step']} data-next={isNext || undefined} data-done={isDone || undefined}>
      <span className={styles['number']}>{isDone ? <Icon name="check" /> : props.number}</span>
      <div className={styles['text']}>
        <h2>{t(`start.steps.${step}.title`)}</h2>
        <p>{t(`start.steps.${step}.text`)}</p>
        {action.progress ? (
          <div className={styles['progress']} role="status">
            <ProgressBar label={t(`start.steps.${step}.title`)} share={action.progress.share} />
            <span>{said(t, action.progress.step)}</span>
          </div>
        ) : null}
        {action.error ? <ErrorNote error={action.error} /> : null}
      </div>
      <div className={styles['state']}>{action.fact}</div>
      <div className={styles['action']}>
        {isDone && action.open ? (
          <Button kind="quiet" onClick={action.open}>
            {t(`start.steps.${step}.open`)}
          </Button>
        ) : (
          <Button
            kind={isNext ? 'primary' : 'default'}
            isLarge
            isBusy={action.isBusy}
            isDisabled={!action.canRun}
            onClick={action.run}
          >
            {t(`start.steps.${step}.action`)}
          </Button>
        )}
      </div>
    </li>
  );
}
