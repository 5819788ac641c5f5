// The table of models: rows in and out, references to them, and who still needs one.
import * as z from 'zod/mini';
import { type ModelDetail, type ModelSummary, modelDetailSchema } from '../../../shared/contract/models.ts';
import { formatRef, parseRef } from '../../../shared/domain/names.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database } from '../database.ts';

/** Newest first. */
export function listModels(db: Database): ModelDetail[] {
  return db.all('SELECT detail FROM model ORDER BY imported_at_ms DESC, rowid DESC').map(readRow);
}

export function findExact(db: Database, name: string, version: string): ModelDetail | undefined {
  const row = db.get('SELECT detail FROM model WHERE name = ? AND version = ?', name, version);
  return row && readRow(row);
}

/** `ref` is a name (its newest version), `name:version`, or a whole digest. @throws NOT_FOUND, NAME_INVALID */
export function findModel(db: Database, ref: string): ModelDetail {
  const found = ref.startsWith('sha256:')
    ? listModels(db).find(({ digest }) => digest === ref)
    : findNamed(db, parseRef('model', ref));
  if (found) return found;
  throw new AppError('NOT_FOUND', `There is no model ${ref}; "lineside model list" shows those there are.`, {
    details: { ref },
  });
}

function findNamed(db: Database, { name, version }: { name: string; version?: string }): ModelDetail | undefined {
  if (version !== undefined) return findExact(db, name, version);
  return listModels(db).find((model) => model.name === name);
}

/** One more than the highest version of this name that is a plain number. */
export function nextVersion(db: Database, name: string): string {
  const versions = db.all('SELECT version FROM model WHERE name = ?', name).map((row) => String(row['version']));
  const numbers = versions.filter((version) => /^\d{1,9}$/.test(version)).map(Number);
  return String(Math.max(0, ...numbers) + 1);
}

export function insertModel(db: Database, detail: ModelDetail): void {
  db.run(
    'INSERT INTO model (name, version, digest, imported_at_ms, detail) VALUES (?, ?, ?, ?, ?)',
    detail.name,
    detail.version,
    detail.digest,
    detail.importedAtMs,
    JSON.stringify(detail),
  );
}

export function deleteModel(db: Database, { name, version }: ModelDetail): void {
  db.run('DELETE FROM model WHERE name = ? AND version = ?', name, version);
}

const bundleModelSchema = z.object({
  name: z.string(),
  version: z.string(),
  model: z.object({ name: z.string(), version: z.string() }),
});

/** References of the bundles that were made of a model. */
export function bundlesOf(db: Database, model: ModelDetail): string[] {
  return db
    .all('SELECT detail FROM bundle')
    .map((row) => bundleModelSchema.parse(JSON.parse(String(row['detail']))))
    .filter((bundle) => bundle.model.name === model.name && bundle.model.version === model.version)
    .map(formatRef);
}

/** True when a model in the table consists of exactly these files, under whichever name. */
export function hasFiles(db: Database, files: ModelDetail['files']): boolean {
  const wanted = JSON.stringify(files);
  return listModels(db).some((model) => JSON.stringify(model.files) === wanted);
}

export function summaryOf(detail: ModelDetail): ModelSummary {
  const { name, version, digest, sizeBytes, importedAtMs, inputs, outputs, opsets, parameterCount } = detail;
  return { name, version, digest, sizeBytes, importedAtMs, inputs, outputs, opsets, parameterCount };
}

function readRow(row: Record<string, unknown>): ModelDetail {
  return modelDetailSchema.parse(JSON.parse(String(row['detail'])));
}
