// The card of one model: what goes in and out, what it is made of, and the actions beside it.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { TensorInfo } from '../../../shared/contract/common.ts';
import type { ModelDetail } from '../../../shared/contract/models.ts';
import { NO_VALUE, useFormat } from '../../lib/format.ts';
import { PATHS } from '../../lib/paths.ts';
import { useApi, useServices } from '../../lib/rpc-context.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { ConfirmDialog, type Question } from '../../ui/dialog.tsx';
import { Digest, Facts, Figures } from '../../ui/facts.tsx';
import { DropMenu } from '../../ui/menu.tsx';
import { Section } from '../../ui/page.tsx';
import { Loaded } from '../../ui/states.tsx';
import { useToasts } from '../../ui/toast.tsx';
import styles from './model-inspector.module.css';
import { OperatorBars } from './operator-bars.tsx';
import { shapeText } from './shape-text.ts';

export function ModelInspector(props: { modelRef: string }) {
  const api = useApi();
  const model = useQuery(api.models.get.queryOptions({ input: { ref: props.modelRef } }));
  return <Loaded query={model}>{(detail) => <ModelCard model={detail} modelRef={props.modelRef} />}</Loaded>;
}

function ModelCard(props: { model: ModelDetail; modelRef: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { model, modelRef } = props;
  const domains = model.opsets
    .map((opset) => `${opset.domain === '' ? 'ai.onnx' : opset.domain} ${opset.version}`)
    .join(', ');
  const metadata = Object.entries(model.metadata);
  return (
    <>
      <div className={styles['head']}>
        <h2 className={styles['name']}>{modelRef}</h2>
        <ModelActions modelRef={modelRef} />
      </div>
      <div className={styles['figures']}>
        <Figures
          figures={[
            { label: t('models.columns.parameters'), value: format.compact(model.parameterCount) },
            { label: t('models.columns.size'), value: format.bytes(model.sizeBytes) },
            { label: t('models.nodes'), value: format.integer(model.nodeCount) },
          ]}
        />
      </div>
      <Section title={t('models.inputs')}>
        <Tensors tensors={model.inputs} />
      </Section>
      <Section title={t('models.outputs')}>
        <Tensors tensors={model.outputs} />
      </Section>
      <Section title={t('models.operators')} aside={t('models.kinds', { count: model.operators.length })}>
        <OperatorBars operators={model.operators} />
      </Section>
      <Section title={t('models.facts')}>
        <Facts
          facts={[
            { label: t('models.graph'), value: model.graphName === '' ? NO_VALUE : model.graphName },
            { label: t('models.producer'), value: model.producer === '' ? NO_VALUE : model.producer },
            { label: t('models.opsets'), value: domains },
            { label: t('models.ir'), value: String(model.irVersion) },
            {
              label: t('models.weights'),
              value: model.weights.map((one) => `${one.type} ${format.bytes(one.sizeBytes)}`).join(', ') || NO_VALUE,
            },
            { label: t('models.digest'), value: <Digest value={model.digest} length={24} /> },
            { label: t('models.importedAt'), value: format.dateTime(model.importedAtMs) },
            ...model.files.slice(1).map((file) => ({
              label: t('models.externalData'),
              value: `${file.path} · ${format.bytes(file.sizeBytes)}`,
            })),
            ...metadata.map(([key, value]) => ({ label: key, value })),
          ]}
        />
      </Section>
    </>
  );
}

function ModelActions(props: { modelRef: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const api = useApi();
  const { client } = useServices();
  const queries = useQueryClient();
  const toasts = useToasts();
  const [, navigate] = useLocation();
  const [question, setQuestion] = useState<Question | null>(null);
  const { modelRef } = props;
  const askRemove = () =>
    setQuestion({
      title: t('models.removeTitle', { ref: modelRef }),
      consequence: t('models.removeText', { ref: modelRef }),
      action: t('models.remove'),
      run: async () => {
        const { freedBytes } = await client.models.remove({ ref: modelRef });
        void queries.invalidateQueries({ queryKey: api.models.key() });
        toasts.done(t('models.removed', { ref: modelRef }), t('common.freed', { size: format.bytes(freedBytes) }));
        navigate(PATHS.models);
      },
    });
  return (
    <div className={styles['actions']}>
      <Button kind="primary" icon="gauge" onClick={() => navigate(PATHS.newBenchmark(modelRef))}>
        {t('models.benchmark')}
      </Button>
      <Button icon="graph" onClick={() => navigate(PATHS.modelGraph(modelRef))}>
        {t('models.graphButton')}
      </Button>
      <Button icon="bundle" onClick={() => navigate(PATHS.newBundle(modelRef))}>
        {t('models.pack')}
      </Button>
      <DropMenu
        label={t('models.more')}
        target={<IconButton icon="menu" label={t('models.more')} />}
        entries={[
          { id: 'profile', label: t('models.profile'), icon: 'flame', run: () => navigate(PATHS.newProfile(modelRef)) },
          {
            id: 'compare',
            label: t('models.compare'),
            icon: 'compare',
            run: () => navigate(PATHS.newComparison(modelRef)),
          },
          { id: 'remove', label: t('models.remove'), isDestructive: true, run: askRemove },
        ]}
      />
      <ConfirmDialog question={question} onClose={() => setQuestion(null)} />
    </div>
  );
}

function Tensors(props: { tensors: readonly TensorInfo[] }) {
  return (
    <ul className={styles['tensors']}>
      {props.tensors.map((tensor) => (
        <li key={tensor.name}>
          <code className={styles['tensorName']}>{tensor.name}</code>
          <span className={styles['type']}>{tensor.type}</span>
          <span className={styles['shape']}>{shapeText(tensor.shape)}</span>
        </li>
      ))}
    </ul>
  );
}
