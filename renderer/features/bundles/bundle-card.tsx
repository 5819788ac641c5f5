// The details of one bundle: what it serves, needs and checks; verify, export, roll out, remove.
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { BundleDetail, KeyInfo } from '../../../shared/contract/bundles.ts';
import { asAppError } from '../../lib/errors.ts';
import { useFormat } from '../../lib/format.ts';
import { useApi } from '../../lib/rpc-context.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Digest, Facts, Figures, Mono } from '../../ui/facts.tsx';
import { Section } from '../../ui/page.tsx';
import { Loaded } from '../../ui/states.tsx';
import { Status, Tag } from '../../ui/status.tsx';
import { BundleActions } from './bundle-actions.tsx';
import styles from './bundles.module.css';

export function BundleCard(props: { bundleRef: string }) {
  const api = useApi();
  const bundle = useQuery(api.bundles.get.queryOptions({ input: { ref: props.bundleRef } }));
  return <Loaded query={bundle}>{(detail) => <Card bundle={detail} bundleRef={props.bundleRef} />}</Loaded>;
}

function Card(props: { bundle: BundleDetail; bundleRef: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const api = useApi();
  const keys = useQuery(api.keys.list.queryOptions());
  const verify = useMutation(api.bundles.verify.mutationOptions());
  const { bundle, bundleRef } = props;
  const { release } = bundle;
  const { requirements, golden, probation } = release;
  return (
    <>
      <div className={styles['head']}>
        <h2 className={styles['name']}>{bundleRef}</h2>
        <BundleActions
          bundleRef={bundleRef}
          isVerifying={verify.isPending}
          onVerify={() => verify.mutate({ ref: bundleRef })}
        />
      </div>
      <div className={styles['figures']}>
        <Figures
          figures={[
            { label: t('bundles.columns.size'), value: format.bytes(bundle.sizeBytes) },
            { label: t('bundles.goldenCases'), value: format.integer(bundle.goldenCases) },
            {
              label: t('bundles.latencyBudget'),
              value: bundle.latencyBudgetMs === null ? t('device.none') : format.msExact(bundle.latencyBudgetMs),
            },
          ]}
        />
      </div>
      {verify.data || verify.error ? (
        <div className={styles['verify']}>
          {verify.error ? (
            <ErrorNote error={asAppError(verify.error)} isPlain />
          ) : (
            <Status
              tone="ok"
              word={t('bundles.verified', {
                count: verify.data?.blobsChecked ?? 0,
                size: format.bytes(verify.data?.bytesChecked),
              })}
            />
          )}
        </div>
      ) : null}
      <Section title={t('bundles.checks')}>
        <Facts
          facts={[
            {
              label: t('bundles.tolerance'),
              value: t('bundles.toleranceValue', {
                absolute: golden.tolerance.absolute,
                relative: golden.tolerance.relative,
              }),
            },
            { label: t('bundles.latencyRuns'), value: format.integer(release.budget.latencyRuns) },
            {
              label: t('bundles.probation'),
              value: t('bundles.probationValue', {
                time: format.duration(probation.durationMs),
                ratio: format.percent(probation.maxErrorRatio),
                count: probation.tries,
              }),
            },
          ]}
        />
      </Section>
      <Section title={t('bundles.needs')}>
        <Facts
          facts={[
            { label: t('bundles.architectures'), value: requirements.architectures.join(', ') },
            { label: t('bundles.memory'), value: format.bytes(requirements.minAvailableMemoryBytes) },
            { label: t('bundles.runtime'), value: `ONNX Runtime ≥ ${requirements.runtime.minVersion}` },
          ]}
        />
      </Section>
      <Section title={t('bundles.identity')}>
        <Facts
          facts={[
            { label: t('bundles.columns.model'), value: `${bundle.model.name}:${bundle.model.version}` },
            { label: t('bundles.manifest'), value: <Digest value={bundle.digest} length={24} /> },
            { label: t('bundles.signedBy'), value: <Signers keyIds={bundle.signedBy} keys={keys.data ?? []} /> },
            { label: t('bundles.createdAt'), value: format.dateTime(bundle.createdAtMs) },
          ]}
        />
      </Section>
      <Section title={t('bundles.blobs')} aside={t('bundles.blobCount', { count: bundle.blobs.length })}>
        <ul className={styles['blobs']}>
          {bundle.blobs.map((blob) => (
            <li key={blob.digest}>
              <Mono title={blob.mediaType}>{blob.title ?? shortType(blob.mediaType)}</Mono>
              <Digest value={blob.digest} />
              <span>{format.bytes(blob.sizeBytes)}</span>
            </li>
          ))}
        </ul>
      </Section>
    </>
  );
}

function Signers(props: { keyIds: readonly string[]; keys: readonly KeyInfo[] }) {
  const { t } = useTranslation();
  if (props.keyIds.length === 0) return <Tag tone="bad">{t('bundles.unsigned')}</Tag>;
  return props.keyIds.map((keyId) => {
    const known = props.keys.find((key) => key.keyId === keyId);
    return (
      <span key={keyId} style={{ display: 'inline-flex', gap: 8, alignItems: 'center' }}>
        {known ? known.name : <Tag tone="warn">{t('bundles.foreignKey')}</Tag>}
        <Digest value={keyId} />
      </span>
    );
  });
}

/** `application/vnd.cncf.model.config.v1+json` gives `model.config`. */
function shortType(mediaType: string): string {
  return mediaType
    .replace(/^application\/vnd\.(oci\.image|cncf|lineside|dev)\./, '')
    .replace(/\.v\d[^/]*$/, '')
    .replace(/\+json$/, '');
}
