// Takes devices over from inventory files of other tools, and writes the fleet as such a file.
import { userInfo } from 'node:os';
import type {
  ExportInput,
  ExportResult,
  ImportInput,
  ImportPlan,
  ImportResult,
  PlanImportInput,
} from '../../../../shared/contract/device-import.ts';
import { AppError } from '../../../../shared/errors/app-error.ts';
import { writeInPlace } from '../../bench/files/write-file.ts';
import type { FleetService } from '../fleet-service.ts';
import { formatOf, readInventory } from './inventory-files.ts';
import { type PlannedImport, planImport } from './plan-import.ts';
import { writeInventory } from './write-inventory.ts';

async function plan(fleet: FleetService, input: PlanImportInput): Promise<PlannedImport> {
  const format = input.format ?? formatOf(input.path);
  const inventory = await readInventory(input.path, format);
  const records = fleet.list().map(({ device }) => device);
  return planImport(inventory, records, { ...input, format, loginUser: userInfo().username });
}

/** Nothing is changed. @throws INPUT_INVALID, FILE_NOT_FOUND, FILE_UNREADABLE */
export async function planDeviceImport(fleet: FleetService, input: PlanImportInput): Promise<ImportPlan> {
  return (await plan(fleet, input)).plan;
}

/**
 * Devices come in without a first contact: no host key is accepted here. All or nothing is stored.
 * @throws INPUT_INVALID also when `planId` is of another plan, or the file has nothing that can be taken
 */
export async function importDevices(fleet: FleetService, input: ImportInput): Promise<ImportResult> {
  const { plan: planned, records } = await plan(fleet, input);
  if (input.planId !== undefined && input.planId !== planned.planId) {
    throw new AppError(
      'INPUT_INVALID',
      `${input.path} or the fleet changed after the plan was shown; look at the new plan first.`,
    );
  }
  const { entries } = planned;
  const [first] = entries;
  if (first && entries.every(({ state }) => state === 'refused')) {
    throw new AppError(
      'INPUT_INVALID',
      `Nothing in ${input.path} can be taken; the first reason is in line ${first.line}: ${first.reason}.`,
      { details: { path: input.path } },
    );
  }
  const namesOf = (state: string): string[] => entries.filter((entry) => entry.state === state).map(({ name }) => name);
  const added = namesOf('new');
  const updated = input.update === true ? namesOf('changed') : [];
  const addedAtMs = Date.now();
  await fleet.takeOver(
    added.flatMap((name) => records.get(name) ?? []).map((record) => ({ ...record, addedAtMs })),
    updated.flatMap((name) => records.get(name) ?? []),
  );
  return { plan: planned, added, updated };
}

/** @throws INPUT_INVALID, FILE_WRITE_FAILED, LOCAL_DISK_FULL */
export async function exportDevices(fleet: FleetService, input: ExportInput): Promise<ExportResult> {
  const format = input.format ?? formatOf(input.path);
  const { text, devices, remarks } = await writeInventory(
    fleet.list().map(({ device }) => device),
    format,
  );
  const sizeBytes = await writeInPlace(input.path, pieces(text));
  return { path: input.path, sizeBytes, devices, remarks: [...remarks] };
}

async function* pieces(text: string): AsyncGenerator<string> {
  yield text;
}
