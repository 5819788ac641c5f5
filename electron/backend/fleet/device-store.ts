// Devices in the database: records and the facts of the last probe.
import type { DeviceFacts, DeviceRecord } from '../../../shared/contract/devices.ts';
import { deviceFactsSchema, deviceRecordSchema } from '../../../shared/contract/devices.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database } from '../database.ts';

export interface StoredDevice {
  readonly record: DeviceRecord;
  readonly facts: DeviceFacts | null;
}

export interface DeviceStore {
  list(): StoredDevice[];
  /** @throws NOT_FOUND */
  get(name: string): StoredDevice;
  /** @throws ALREADY_EXISTS */
  checkFree(name: string): void;
  /** @throws ALREADY_EXISTS */
  add(record: DeviceRecord, facts: DeviceFacts | null): void;
  /** Adds and replaces records in one go; what was known of a replaced device goes unless `keepsFacts`. @throws ALREADY_EXISTS */
  takeOver(
    added: readonly DeviceRecord[],
    replaced: ReadonlyArray<{ readonly record: DeviceRecord; readonly keepsFacts: boolean }>,
  ): void;
  setFacts(name: string, facts: DeviceFacts): void;
  remove(name: string): void;
}

export function createDeviceStore(db: Database): DeviceStore {
  const read = (row: Record<string, unknown>): StoredDevice => ({
    record: deviceRecordSchema.parse(JSON.parse(String(row['record']))),
    facts: typeof row['facts'] === 'string' ? deviceFactsSchema.parse(JSON.parse(row['facts'])) : null,
  });
  const add = (record: DeviceRecord, facts: DeviceFacts | null): void => {
    const text = facts === null ? null : JSON.stringify(facts);
    const { changes } = db.run(
      'INSERT OR IGNORE INTO device (name, added_at_ms, record, facts) VALUES (?, ?, ?, ?)',
      record.name,
      record.addedAtMs,
      JSON.stringify(record),
      text,
    );
    if (changes === 0) throw taken(record.name);
  };
  return {
    list: () => db.all('SELECT record, facts FROM device ORDER BY name').map(read),
    get: (name) => {
      const row = db.get('SELECT record, facts FROM device WHERE name = ?', name);
      if (row) return read(row);
      throw new AppError('NOT_FOUND', `There is no device named "${name}"; see \`lineside device list\`.`, {
        details: { device: name },
      });
    },
    checkFree: (name) => {
      if (db.get('SELECT 1 FROM device WHERE name = ?', name)) throw taken(name);
    },
    add,
    takeOver: (added, replaced) =>
      db.transaction(() => {
        for (const record of added) add(record, null);
        for (const { record, keepsFacts } of replaced) {
          const text = JSON.stringify(record);
          if (keepsFacts) db.run('UPDATE device SET record = ? WHERE name = ?', text, record.name);
          else db.run('UPDATE device SET record = ?, facts = NULL WHERE name = ?', text, record.name);
        }
      }),
    setFacts: (name, facts) => {
      db.run('UPDATE device SET facts = ? WHERE name = ?', JSON.stringify(facts), name);
    },
    remove: (name) => {
      db.run('DELETE FROM device WHERE name = ?', name);
    },
  };
}

function taken(name: string): AppError {
  return new AppError(
    'ALREADY_EXISTS',
    `A device named "${name}" is already there; choose another name or remove that one first.`,
  );
}
