import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findExternalFiles } from '../../../electron/backend/models/external-data.ts';
import { addModel, external } from '../../helpers/onnx-models.ts';

let folder = '';
let onnxPath = '';

beforeAll(async () => {
  const root = await mkdtemp(join(tmpdir(), 'lineside-external-'));
  folder = join(root, 'model');
  onnxPath = join(folder, 'm.onnx');
  await mkdir(join(folder, 'sub'), { recursive: true });
  await writeFile(join(folder, 'w.bin'), new Uint8Array(100));
  await writeFile(join(folder, 'sub', 'v.bin'), new Uint8Array(16));
  await writeFile(join(root, 'secret.bin'), new Uint8Array(100));
  await symlink('../secret.bin', join(folder, 'link.bin'));
  await symlink('w.bin', join(folder, 'inner-link.bin'));
});
afterAll(() => rm(join(folder, '..'), { recursive: true, force: true }));

const refusalOf = async (count: number, entries: Record<string, string>): Promise<string> =>
  findExternalFiles(onnxPath, addModel(external('w', count, entries))).then(
    () => 'accepted',
    (error: { code?: string; message: string }) => `${error.code}: ${error.message}`,
  );

describe('findExternalFiles', () => {
  it('lists each file once, in order, without detours', async () => {
    const model = addModel(
      external('w', 4, { location: './w.bin', offset: '0', length: '16' }),
      {},
      {
        initializer: [
          external('w', 4, { location: 'w.bin', offset: '16', length: '16' }),
          external('u', 4, { location: './w.bin', offset: '84' }),
          external('v', 4, { location: 'sub/v.bin' }),
          external('i', 4, { location: 'inner-link.bin' }),
        ],
      },
    );
    const files = await findExternalFiles(onnxPath, model);
    expect(files.map(({ path, sizeBytes }) => [path, sizeBytes])).toEqual([
      ['inner-link.bin', 100],
      ['sub/v.bin', 16],
      ['w.bin', 100],
    ]);
  });

  it.each([
    ['an absolute path', '/etc/passwd', 'is not a plain relative path'],
    ['a way out', '../secret.bin', '"../secret.bin" lies outside'],
    ['a hidden way out', 'sub/../../secret.bin', 'lies outside'],
    ['a Windows path', '..\\secret.bin', 'is not a plain relative path'],
    ['a drive', 'C:secret.bin', 'is not a plain relative path'],
    ['a link that leads out', 'link.bin', "link.bin leads out of the model's folder through a link"],
    ['a missing file', 'none.bin', 'none.bin is missing; put it beside m.onnx'],
    ['a folder', 'sub', 'sub is missing'],
    ['no location', '', 'names no external file'],
    ['a control character', 'w\n.bin', 'lies outside its folder or cannot be used as a file name'],
    ['the name that the model gets', 'model.onnx', 'cannot be used as a file name'],
  ])('refuses %s', async (_what, location, expected) => {
    const refusal = await refusalOf(4, { location });
    expect(refusal).toContain('MODEL_EXTERNAL_DATA_INVALID: The model cannot be used: ');
    expect(refusal).toContain(expected);
  });

  it('refuses a file that is too short', async () => {
    expect(await refusalOf(26, { location: 'w.bin' })).toContain('has 100 bytes, but the tensor "w" needs 104');
    expect(await refusalOf(4, { location: 'w.bin', offset: '96' })).toContain('needs 112');
    expect(await refusalOf(4, { location: 'w.bin', length: '-1' })).toContain('is no whole number');
  });

  it('has nothing to do for a model that holds its weights', async () => {
    expect(await findExternalFiles(onnxPath, addModel({ name: 'w', dims: [1n] }))).toEqual([]);
  });
});
