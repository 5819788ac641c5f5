// The machine's fingerprint: what another machine would have to have in common.
import { useTranslation } from 'react-i18next';
import type { MachineFingerprint } from '../../../shared/contract/bench-result.ts';
import { NO_VALUE, useFormat } from '../../lib/format.ts';
import { Facts } from '../../ui/facts.tsx';
import { Section } from '../../ui/page.tsx';

export function MachineSection(props: { fingerprint: MachineFingerprint }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { fingerprint } = props;
  const yesNo = (value: boolean | null) =>
    value === null ? NO_VALUE : t(value ? 'bench.switchedOn' : 'bench.switchedOff');
  const list = (values: readonly string[]) => (values.length === 0 ? NO_VALUE : values.join(', '));
  return (
    <Section title={t('bench.machine')}>
      <Facts
        columns={2}
        facts={[
          {
            label: t('device.cpu'),
            value: t('device.cpuValue', {
              model: fingerprint.cpuModel,
              count: fingerprint.cores,
              architecture: fingerprint.architecture,
            }),
          },
          { label: t('device.memory'), value: format.bytes(fingerprint.memoryBytes) },
          { label: t('bench.caches'), value: list(fingerprint.caches) },
          { label: t('bench.flags'), value: list(fingerprint.cpuFlags) },
          { label: t('device.system'), value: fingerprint.os },
          { label: t('device.kernel'), value: fingerprint.kernel },
          { label: t('device.libc'), value: fingerprint.libc ?? NO_VALUE },
          { label: t('bench.virtualization'), value: fingerprint.virtualization ?? t('device.none') },
          { label: t('bench.governor'), value: fingerprint.governor ?? NO_VALUE },
          { label: t('bench.powerMode'), value: fingerprint.powerMode ?? NO_VALUE },
          { label: t('bench.turbo'), value: yesNo(fingerprint.turbo) },
          { label: t('bench.smt'), value: yesNo(fingerprint.smt) },
          {
            label: t('bench.power'),
            value:
              fingerprint.onBattery === null ? NO_VALUE : t(fingerprint.onBattery ? 'bench.battery' : 'bench.mains'),
          },
          { label: t('bench.firmware'), value: fingerprint.firmware ?? NO_VALUE },
          { label: t('metric.gpu'), value: fingerprint.gpu ?? NO_VALUE },
          { label: t('bench.providers'), value: list(fingerprint.providers) },
          { label: 'ONNX Runtime', value: fingerprint.onnxruntimeVersion },
          { label: 'Node.js', value: fingerprint.nodeVersion },
        ]}
      />
    </Section>
  );
}
