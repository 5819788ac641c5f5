/** Holds the page's texts to both languages, and shows on bad trees that each check can fail. */
import { afterEach, describe, expect, it } from 'vitest';
import { removeTrees, writeTree } from '../../house/bad-tree.ts';
import { checkLocales } from '../../house/locales.ts';
import { repositoryRoot } from '../../house/vehicles.ts';

afterEach(removeTrees);

/** Faults of a page with these texts and this code. */
function faultsOf(en: object, zh: object, code: string): string[] {
  const root = writeTree({
    'renderer/locales/en.json': JSON.stringify(en),
    'renderer/locales/zh-CN.json': JSON.stringify(zh),
    'renderer/app/page.tsx': code,
  });
  return checkLocales(root).faults;
}

describe('the page', () => {
  it('has every text in both languages, and no text outside them', () => {
    const { faults, texts, calls } = checkLocales(repositoryRoot);
    expect(faults).toEqual([]);
    expect(texts).toBeGreaterThan(50);
    expect(calls).toBeGreaterThan(50);
  });
});

describe('the locale checker', () => {
  it('fails where the files are missing', () => {
    expect(checkLocales(writeTree({ 'renderer/app/page.tsx': '' })).faults).toHaveLength(2);
  });

  it('accepts nested and flat keys, plurals, pieced-together keys, keys in tables and nested texts', () => {
    const en = {
      nav: { fleet: 'Fleet', models: 'Models' },
      'state.ok': 'OK $t(unit)',
      'state.bad': 'Bad',
      unit: 'unit',
      boxes_one: '{{count}} box',
      boxes_other: '{{count, number}} boxes',
    };
    const zh = {
      nav: { fleet: '设备', models: '模型' },
      'state.ok': '好',
      'state.bad': '坏',
      unit: '单位',
      boxes_other: '{{count}} 台',
    };
    const code = `
      const links = [{ label: 'nav.models' }];
      export const Page = () => <p aria-label={t('nav.fleet')}>{t(\`state.\${s}\`)} {i18n.t('boxes', { count })} Lineside · 5 %</p>;`;
    expect(faultsOf(en, zh, code)).toEqual([]);
  });

  it('finds keys that only one language has, and other placeholders', () => {
    const faults = faultsOf(
      { a: '{{n}} of {{m}}', b: 'B', c: 'C' },
      { a: '{{n}}', b: ' ', d: 'D' },
      "t('a'); t('b'); t('c');",
    );
    expect(faults).toEqual([
      'zh-CN: lacks c',
      'zh-CN: has d, which en lacks',
      'zh-CN: a has {n} where en has {n, m}',
      'zh-CN: b is empty',
    ]);
  });

  it('finds keys that the code names in vain, and keys that no code names', () => {
    const code = "t('x'); t(ok ? 'a' : 'y'); t(`s.${z}`); const el = <Trans i18nKey=\"w\" />;";
    expect(faultsOf({ a: 'A', b: 'B' }, { a: 'A', b: 'B' }, code)).toEqual([
      'renderer/app/page.tsx: no text x',
      'renderer/app/page.tsx: no text y',
      'renderer/app/page.tsx: no text w',
      'renderer/app/page.tsx: no text matches s.…',
      'en: b is used nowhere',
    ]);
  });

  it('finds texts that stand in the code', () => {
    const code = 't(\'a\'); export const Page = () => <Button title="Press me" kind="primary">Deploy now</Button>;';
    expect(faultsOf({ a: 'A' }, { a: '甲' }, code)).toEqual([
      'renderer/app/page.tsx: text outside the locales: Press me',
      'renderer/app/page.tsx: text outside the locales: Deploy now',
    ]);
  });
});
