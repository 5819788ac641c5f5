// The host door in a browser: files go to and come from the web host over HTTP, under the session cookie.
import type { FileFilter } from '../../shared/contract/host-door.ts';
import { AppError } from '../../shared/errors/app-error.ts';
import type { Host, SaveTarget } from './host.ts';

/** @param dataDir the backend's data folder */
export function createBrowserHost(dataDir: () => Promise<string>): Host {
  return {
    kind: 'browser',
    async pickFile(filters) {
      const file = await chooseFile(filters);
      return file === null ? null : upload(file);
    },
    pickSavePath: (defaultName) => reserveDownload(dataDir, defaultName),
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
  return readText(await response.json(), 'path');
}

/** The backend writes below its exports folder; the browser fetches the file from there once it is whole. */
async function reserveDownload(dataDir: () => Promise<string>, defaultName: string): Promise<SaveTarget> {
  const path = `${await dataDir()}/exports/${defaultName}`;
  return {
    path,
    async finish() {
      const response = await fetch('/downloads', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ path }),
        credentials: 'same-origin',
      });
      if (!response.ok)
        throw new AppError('FILE_UNREADABLE', `${defaultName} could not be fetched (HTTP ${response.status}).`);
      const anchor = document.createElement('a');
      anchor.href = readText(await response.json(), 'url');
      anchor.download = defaultName;
      anchor.click();
    },
  };
}

function readText(answer: unknown, field: string): string {
  const value =
    typeof answer === 'object' && answer !== null ? (answer as Readonly<Record<string, unknown>>)[field] : undefined;
  if (typeof value !== 'string') throw new AppError('INTERNAL', `The web host answered without a ${field}.`);
  return value;
}
