// Writes a result or a whole run to a file: through the desktop's own dialog, or as a download in the browser.
import { useTranslation } from 'react-i18next';
import type { ExportFormat } from '../../../shared/contract/bench.ts';
import { useFormat } from '../../lib/format.ts';
import { useServices } from '../../lib/rpc-context.tsx';
import { Button } from '../../ui/button.tsx';
import { DropMenu } from '../../ui/menu.tsx';
import { useToasts } from '../../ui/toast.tsx';

const FORMATS = ['html', 'json', 'csv', 'tensorboard'] as const satisfies readonly ExportFormat[];
const ENDINGS: Readonly<Record<ExportFormat, string>> = { html: '.html', json: '.json', csv: '.csv', tensorboard: '' };

/** @param props.name what the file is called after */
export function ExportMenu(props: { id: string; name: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { client, host } = useServices();
  const toasts = useToasts();
  const write = async (kind: ExportFormat) => {
    try {
      const bare = props.name.replace(/[^\w.-]+/g, '-');
      const target = await host.pickSavePath(`${bare}-benchmark${ENDINGS[kind]}`);
      if (target === null) return;
      const { path, sizeBytes } = await client.bench.export({ id: props.id, format: kind, path: target.path });
      // A folder cannot be handed over as one download; in the browser it stays in the exports folder.
      if (kind !== 'tensorboard') await target.finish();
      toasts.done(t('bench.exported', { format: t(`bench.formats.${kind}`) }), `${format.bytes(sizeBytes)} · ${path}`);
    } catch (error) {
      toasts.failed(error);
    }
  };
  return (
    <DropMenu
      label={t('bench.export')}
      target={<Button icon="file">{t('bench.export')}</Button>}
      entries={FORMATS.map((kind) => ({
        id: kind,
        label: t(`bench.formats.${kind}`),
        run: () => void write(kind),
      }))}
    />
  );
}
