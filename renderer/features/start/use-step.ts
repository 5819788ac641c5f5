// What the button of each step does, and how far it has come.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { Journey } from '../../../shared/contract/system.ts';
import type { AppError } from '../../../shared/errors/app-error.ts';
import { asAppError } from '../../lib/errors.ts';
import type { JourneyStep } from '../../lib/journey.ts';
import { PATHS } from '../../lib/paths.ts';
import { useServices } from '../../lib/rpc-context.tsx';
import { useJob } from '../../lib/use-live.ts';
import { addAndSetUpThisComputer, benchmarkNewestModel, importSample, packNewestModel } from './step-work.ts';

export interface StepAction {
  /** What is there already, in a few words. */
  readonly fact: string;
  readonly isBusy: boolean;
  readonly canRun: boolean;
  readonly error: Pick<AppError, 'code' | 'message'> | null;
  readonly progress: { readonly step: string; readonly share: number | null } | null;
  run(): void;
  /** Where the result of a finished step is seen. */
  readonly open: () => void;
}

const PAGES: Readonly<Record<JourneyStep, string>> = {
  model: PATHS.models,
  benchmark: PATHS.benchmarks,
  bundle: PATHS.bundles,
  device: PATHS.fleet,
  rollout: PATHS.rollouts,
  watch: PATHS.fleet,
};

export function useStep(step: JourneyStep, journey: Journey): StepAction {
  const { t } = useTranslation();
  const { client, api } = useServices();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const [jobId, setJobId] = useState<string | null>(null);
  const { value: job } = useJob(jobId);
  const work = useMutation({
    mutationFn: async () => {
      if (step === 'model') await importSample(client, journey);
      else if (step === 'benchmark') setJobId(await benchmarkNewestModel(client));
      else if (step === 'bundle') await packNewestModel(client);
      else if (step === 'device') setJobId(await addAndSetUpThisComputer(client));
    },
    onSettled: () => queries.invalidateQueries({ queryKey: api.system.key() }),
  });
  const jobState = job?.state;
  useEffect(() => {
    if (jobState !== undefined && jobState !== 'running')
      void queries.invalidateQueries({ queryKey: api.system.key() });
  }, [jobState, queries, api]);

  const needs: Readonly<Record<JourneyStep, boolean>> = {
    model: journey.sampleModelPath !== null,
    benchmark: journey.models > 0,
    bundle: journey.models > 0,
    device: true,
    rollout: journey.bundles > 0 && journey.devicesReady > 0,
    watch: journey.devices > 0,
  };
  const facts: Readonly<Record<JourneyStep, string>> = {
    model: journey.models > 0 ? t('start.facts.models', { count: journey.models }) : '',
    benchmark: journey.benchmarks > 0 ? t('start.facts.benchmarks', { count: journey.benchmarks }) : '',
    bundle: journey.bundles > 0 ? t('start.facts.bundles', { count: journey.bundles }) : '',
    device:
      journey.devices > 0 ? t('start.facts.devices', { count: journey.devices, ready: journey.devicesReady }) : '',
    rollout: journey.rollouts > 0 ? t('start.facts.rollouts', { count: journey.rollouts }) : '',
    watch: '',
  };
  const isRunning = jobState === 'running';
  return {
    fact: facts[step],
    isBusy: work.isPending || isRunning,
    canRun: needs[step],
    error: work.error ? asAppError(work.error) : jobState === 'failed' ? (job?.error as StepAction['error']) : null,
    progress:
      isRunning && job
        ? { step: job.progress.step, share: job.progress.total ? job.progress.done / job.progress.total : null }
        : null,
    run: () => {
      if (step === 'rollout') navigate(PATHS.newRollout);
      else if (step === 'watch') navigate(PATHS.fleet);
      else work.mutate();
    },
    open: () => navigate(PAGES[step]),
  };
}
