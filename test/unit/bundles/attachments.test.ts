import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BundleLab, createBundleLab, MODELS } from '../../helpers/bundle-lab.ts';

const code = (name: string) => expect.objectContaining({ code: name });

describe('what travels with a bundle', () => {
  let lab: BundleLab;
  let other: BundleLab;
  const write = (name: string, text: string) => {
    writeFileSync(lab.file(name), text);
    return lab.file(name);
  };
  const create = (version: string, extra: object) =>
    lab.bundles.create({
      modelRef: 'digits-tabular',
      name: 'digits',
      version,
      goldenPath: `${MODELS}digits-tabular.golden.npz`,
      ...extra,
    });

  beforeAll(() => {
    lab = createBundleLab();
    other = createBundleLab({ keyOf: lab });
  });
  afterAll(() => {
    lab.close();
    other.close();
  });

  it('is signed with it, goes through an archive and into files, and not to devices', async () => {
    const labelsPath = write('labels.txt', 'zero\none\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n');
    const preprocessingPath = write('pre.json', '{"scale":0.0625}');
    const evidencePaths = [write('bench.json', '{"p95Ms":1}'), write('Accuracy.json', '[0.97]')];
    const detail = await create('1', { labelsPath, preprocessingPath, evidencePaths });
    const attached = detail.blobs.filter(({ title }) => title?.startsWith('lineside/attached/'));
    expect(attached.map(({ title, mediaType }) => `${title} ${mediaType.split('.model.')[1]}`).sort()).toEqual([
      'lineside/attached/evidence/accuracy.json doc.v1.raw',
      'lineside/attached/evidence/bench.json doc.v1.raw',
      'lineside/attached/labels.txt weight.config.v1.raw',
      'lineside/attached/preprocessing.json weight.config.v1.raw',
    ]);
    const deployed = (await lab.bundles.loadForDeploy('digits:1')).blobs.map(({ digest }) => digest);
    for (const { digest } of attached) expect(deployed).not.toContain(digest);

    const { path } = await lab.bundles.export('digits:1', lab.file('one.tar'));
    expect(await other.bundles.import(path)).toMatchObject({ digest: detail.digest, blobs: detail.blobs });
    const files = await other.bundles.exportFiles('digits:1', other.file('files'));
    expect(readFileSync(join(files.path, 'lineside/attached/preprocessing.json'), 'utf8')).toBe('{"scale":0.0625}');
    expect(await lab.bundles.verifyFiles({ path: files.path, signaturePath: files.signaturePath ?? '' })).toMatchObject(
      { files: 7 },
    );
    const again = await create('1', { labelsPath, preprocessingPath, evidencePaths: [...evidencePaths].reverse() });
    expect(again.digest).toBe(detail.digest);
  });

  it.each([
    ['labels with an empty line', { labels: 'a\n\nb' }],
    ['labels that are not text', { labels: '\u{10ffff}', isBinary: true }],
    ['preprocessing that is not JSON', { preprocessing: 'scale' }],
    ['an empty file', { preprocessing: '' }],
  ])('is not %s', async (_what, { labels, preprocessing, isBinary }: Record<string, unknown>) => {
    const path = write('wrong', String(labels ?? preprocessing));
    if (isBinary === true) writeFileSync(path, Buffer.from([0xff, 0xfe, 0x00]));
    const extra = labels === undefined ? { preprocessingPath: path } : { labelsPath: path };
    await expect(create('2', extra)).rejects.toEqual(code('INPUT_INVALID'));
  });

  it('is not labels for another number of classes, a file that is not there, or two of one name', async () => {
    const ten = createBundleLab({
      keyOf: lab,
      detail: { outputs: [{ name: 'logits', type: 'float32', shape: ['batch', 10] }] },
    });
    try {
      const input = { modelRef: 'digits-tabular', name: 'digits', version: '2' };
      const labelsPath = write('two.txt', 'a\nb');
      await expect(ten.bundles.create({ ...input, labelsPath })).rejects.toMatchObject({
        message: expect.stringContaining("names 2 classes, and the model's output has 10"),
      });
    } finally {
      ten.close();
    }
    await expect(create('2', { labelsPath: lab.file('nothing') })).rejects.toEqual(code('FILE_NOT_FOUND'));
    mkdirSync(lab.file('more'), { recursive: true });
    const evidencePaths = [write('one.json', '1'), write('more/One.json', '2')];
    await expect(create('2', { evidencePaths })).rejects.toEqual(code('INPUT_INVALID'));
    expect(lab.bundles.list().map(({ version }) => version)).not.toContain('2');
  });
});
