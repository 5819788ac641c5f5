// Sends the golden inputs of the served release as requests through the device and shows what came back.
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asAppError } from '../../lib/errors.ts';
import { useFormat } from '../../lib/format.ts';
import { useApi } from '../../lib/rpc-context.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Facts } from '../../ui/facts.tsx';
import { NumberField } from '../../ui/fields.tsx';
import { Stack } from '../../ui/page.tsx';
import { Status } from '../../ui/status.tsx';

const DEFAULT_COUNT = 50;

export function TestRequestsDialog(props: { name: string; onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const api = useApi();
  const [count, setCount] = useState<number | null>(DEFAULT_COUNT);
  const send = useMutation(api.devices.sendTestRequests.mutationOptions());
  const report = send.data;
  return (
    <Dialog
      title={t('tests.title', { name: props.name })}
      isOpen
      onClose={props.onClose}
      width={460}
      footer={
        <>
          <Button onClick={props.onClose}>{t('common.close')}</Button>
          <Button
            kind="primary"
            isBusy={send.isPending}
            isDisabled={count === null}
            onClick={() => send.mutate({ name: props.name, count: count ?? DEFAULT_COUNT })}
          >
            {t('tests.send')}
          </Button>
        </>
      }
    >
      <Stack>
        <NumberField
          label={t('tests.count')}
          hint={t('tests.hint')}
          value={count}
          onChange={setCount}
          min={1}
          max={10_000}
        />
        {send.error ? <ErrorNote error={asAppError(send.error)} /> : null}
        {report ? (
          <Facts
            facts={[
              {
                label: t('tests.result'),
                value: (
                  <Status
                    tone={report.failed === 0 ? 'ok' : 'bad'}
                    word={t('tests.answered', {
                      count: report.sent,
                      succeeded: format.integer(report.succeeded),
                      sent: format.integer(report.sent),
                    })}
                  />
                ),
              },
              { label: t('tests.model'), value: `${report.model}:${report.version}` },
              { label: t('tests.roundTrip'), value: `p50 ${format.ms(report.p50Ms)} · p95 ${format.ms(report.p95Ms)}` },
              { label: t('tests.took'), value: format.duration(report.durationMs) },
              ...(report.firstError === null ? [] : [{ label: t('tests.firstError'), value: report.firstError }]),
            ]}
          />
        ) : null}
      </Stack>
    </Dialog>
  );
}
