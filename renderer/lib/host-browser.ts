// The host door in a browser: files go to and come from the web host over HTTP, under the session cookie.
import { AppError } from '../../shared/errors/app-error.ts';
import type { FileFilter, Host, SaveTarget } from './host.ts';

export function createBrowserHost(): Host {
  return {
    kind: 'browser',
    async pickFile(filters) {
      const file = await chooseFile(filters);
      return file === null ? null : upload(file);
    },
    pickSavePath: reserveDownload,
    reveal: null,
    copyText: (text) => navigator.clipboard.writeText(text),
  };
}

function chooseFile(filters: readonly FileFilter[]): Promise<File | null> {
  return new Promise((resolve) => {
    const input = document.createElement('input');
    input.type = 'file';
    input.accept = filters.flatMap((filter) => filter.extensions.map((extension) => `.${extension}`)).join(',');
    input.addEventListener('change', () => resolve(input.files?.[0] ?? null), { once: true });
    input.addEventListener('cancel', () => resolve(null), { once: true });
    input.click();
  });
}

async function upload(file: File): Promise<string> {
  const response = await fetch(`/upload?name=${encodeURIComponent(file.name)}`, {
    method: 'POST',
    body: file,
    credentials: 'same-origin',
  });
  if (!response.ok)
    throw new AppError('FILE_UNREADABLE', `${file.name} could not be handed to Lineside (HTTP ${response.status}).`);
  return readPath(await response.json());
}

async function reserveDownload(defaultName: string): Promise<SaveTarget> {
  const response = await fetch('/downloads', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: defaultName }),
    credentials: 'same-origin',
  });
  if (!response.ok)
    throw new AppError('FILE_WRITE_FAILED', `No place for ${defaultName} could be made (HTTP ${response.status}).`);
  const answer: unknown = await response.json();
  const path = readPath(answer);
  const url = (answer as { url?: unknown }).url;
  return {
    path,
    async finish() {
      const anchor = document.createElement('a');
      anchor.href = typeof url === 'string' ? url : `/download?path=${encodeURIComponent(path)}`;
      anchor.download = defaultName;
      anchor.click();
    },
  };
}

function readPath(answer: unknown): string {
  const path = typeof answer === 'object' && answer !== null ? (answer as { path?: unknown }).path : undefined;
  if (typeof path !== 'string') throw new AppError('INTERNAL', 'The web host answered without a path.');
  return path;
}
