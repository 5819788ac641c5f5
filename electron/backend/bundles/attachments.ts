// Documents that travel with a bundle under its signature and that no device needs: labels, how inputs are prepared, and evidence.
import { readFile, stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { ATTACHMENT_FOLDER, FILEPATH_ANNOTATION, sha256Digest } from '../../../devices/trust/bundle-manifest.ts';
import type { TensorInfo } from '../../../shared/contract/common.ts';
import { type Descriptor, MEDIA_TYPES } from '../../../shared/domain/release.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { fileError } from '../blob-store.ts';

const MAX_BYTES = 16 * 1024 * 1024;
const MAX_EVIDENCE = 32;

export interface AttachmentInput {
  /** Text with the name of one class a line, in the order of the model's output. */
  readonly labelsPath?: string | undefined;
  /** JSON that says how an input is made of what a sensor gives. */
  readonly preprocessingPath?: string | undefined;
  /** JSON of benchmark results, evaluations, lineage; each keeps its name. */
  readonly evidencePaths?: readonly string[] | undefined;
}

export interface Attachment {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

/**
 * Reads and checks the files; the same files in any order give the same list.
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE, INPUT_INVALID
 */
export async function readAttachments(
  input: AttachmentInput,
  outputs: readonly TensorInfo[],
): Promise<readonly Attachment[]> {
  const { labelsPath, preprocessingPath, evidencePaths = [] } = input;
  if (evidencePaths.length > MAX_EVIDENCE) throw invalid(`A bundle takes at most ${MAX_EVIDENCE} files of evidence.`);
  const found: Attachment[] = [];
  if (labelsPath !== undefined) {
    const bytes = await readBounded(labelsPath);
    checkLabels(labelsPath, bytes, outputs);
    found.push(attachment('labels.txt', MEDIA_TYPES.settings, bytes));
  }
  if (preprocessingPath !== undefined) {
    found.push(attachment('preprocessing.json', MEDIA_TYPES.settings, await readJson(preprocessingPath)));
  }
  for (const path of evidencePaths) {
    const name = evidenceName(path);
    const one = attachment(`evidence/${name}.json`, MEDIA_TYPES.document, await readJson(path));
    if (found.some((other) => pathOf(other) === pathOf(one))) {
      throw invalid(`Two files of evidence are named "${name}"; rename one of them.`);
    }
    found.push(one);
  }
  return found.sort((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1));
}

function attachment(name: string, mediaType: string, bytes: Buffer): Attachment {
  const annotations = { [FILEPATH_ANNOTATION]: `${ATTACHMENT_FOLDER}${name}` };
  return { descriptor: { mediaType, digest: sha256Digest(bytes), size: bytes.length, annotations }, bytes };
}

function pathOf({ descriptor }: Attachment): string {
  return descriptor.annotations?.[FILEPATH_ANNOTATION] ?? '';
}

/** Lower case, so that no file system takes two for the same. */
function evidenceName(path: string): string {
  const name = basename(path, extname(path)).toLowerCase();
  if (/^[a-z0-9](?:[a-z0-9._-]{0,99})$/.test(name)) return name;
  throw invalid(`The name of ${path} cannot stand in a bundle; use letters, digits, dots, dashes and underscores.`);
}

/** As many names as the only output has classes, where the model says how many those are. */
function checkLabels(path: string, bytes: Buffer, outputs: readonly TensorInfo[]): void {
  const lines = decode(path, bytes)
    .replace(/\r?\n$/, '')
    .split(/\r?\n/);
  if (lines.some((line) => line.trim() === '')) throw invalid(`${path} must have the name of one class on every line.`);
  const classes = outputs.length === 1 ? outputs[0]?.shape?.at(-1) : undefined;
  if (typeof classes === 'number' && classes > 1 && classes !== lines.length) {
    throw invalid(`${path} names ${lines.length} classes, and the model's output has ${classes}.`);
  }
}

async function readJson(path: string): Promise<Buffer> {
  const bytes = await readBounded(path);
  const text = decode(path, bytes);
  try {
    JSON.parse(text);
  } catch (error) {
    throw invalid(`${path} is not JSON.`, error);
  }
  return bytes;
}

function decode(path: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw invalid(`${path} is not text in UTF-8.`, error);
  }
}

async function readBounded(path: string): Promise<Buffer> {
  const info = await stat(path).catch((error: unknown) => {
    throw fileError(error, path);
  });
  if (!info.isFile() || info.size > MAX_BYTES || info.size === 0) {
    throw invalid(`${path} must be a file that is not empty and at most ${MAX_BYTES / 1024 ** 2} MiB.`);
  }
  return readFile(path).catch((error: unknown) => {
    throw fileError(error, path);
  });
}

function invalid(message: string, cause?: unknown): AppError {
  return new AppError('INPUT_INVALID', message, { cause });
}
