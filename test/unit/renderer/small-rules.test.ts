/** Small pure rules of the page. */
import { describe, expect, it } from 'vitest';
import { matchCommands } from '../../../renderer/app/commands.ts';
import { sectionOf } from '../../../renderer/app/navigation.ts';
import { doneSteps, isJourneyDone } from '../../../renderer/lib/journey.ts';
import { parseLabels } from '../../../renderer/lib/labels.ts';
import { preferredLanguage, readPreferences } from '../../../renderer/lib/preferences.ts';
import { releaseText } from '../../../renderer/lib/release-text.ts';
import { suggestName } from '../../../renderer/lib/suggest-name.ts';
import { movedIndex } from '../../../renderer/ui/use-grid-keys.ts';

describe('parseLabels', () => {
  it('reads pairs and refuses what is none', () => {
    expect(parseLabels('site=plant-a, line=3')).toEqual({ site: 'plant-a', line: '3' });
    expect(parseLabels('  ')).toEqual({});
    expect(parseLabels('role=')).toEqual({ role: '' });
    for (const bad of ['site', '=a', 'si te=a', 'site=a b', 'a=b=c']) expect(parseLabels(bad)).toBeNull();
  });
});

describe('suggestName', () => {
  it('makes an allowed name of a path', () => {
    expect(suggestName('/home/me/Digits Mobile_v2.onnx')).toBe('digits-mobile_v2');
    expect(suggestName('C:\\models\\Weld.Seam.onnx')).toBe('weld.seam');
    expect(suggestName('')).toBe('');
    expect(suggestName('/x/___.onnx')).toBe('');
  });
});

describe('releaseText', () => {
  it('drops the digest and nothing else', () => {
    expect(releaseText('digits-mobilenet-2-0123456789abcdef')).toBe('digits-mobilenet-2');
    expect(releaseText('digits-mobilenet-2')).toBe('digits-mobilenet-2');
  });
});

describe('preferences', () => {
  it('falls back where nothing usable is stored', () => {
    expect(readPreferences(null, ['zh-Hans-CN'])).toEqual({ theme: 'system', language: 'zh-CN' });
    expect(readPreferences('{"theme":"dark","language":"xx"}', ['de'])).toEqual({ theme: 'dark', language: 'en' });
    expect(readPreferences('not json', [])).toEqual({ theme: 'system', language: 'en' });
    expect(preferredLanguage(['en-GB', 'zh'])).toBe('en');
  });
});

describe('movedIndex', () => {
  it('moves within the rows and knows its keys', () => {
    expect(movedIndex('ArrowDown', -1, 5, 10)).toBe(0);
    expect(movedIndex('ArrowUp', 0, 5, 10)).toBe(0);
    expect(movedIndex('PageDown', 1, 5, 10)).toBe(4);
    expect(movedIndex('End', 0, 5, 10)).toBe(4);
    expect(movedIndex('a', 0, 5, 10)).toBeNull();
    expect(movedIndex('Home', 0, 0, 10)).toBeNull();
  });
});

describe('journey', () => {
  const none = {
    models: 0,
    benchmarks: 0,
    keys: 0,
    bundles: 0,
    devices: 0,
    devicesReady: 0,
    rollouts: 0,
    sampleModelPath: null,
  };

  it('counts a device only when it is ready', () => {
    expect([...doneSteps({ ...none, models: 1, devices: 1 })]).toEqual(['model']);
    expect(doneSteps({ ...none, devicesReady: 1 }).has('device')).toBe(true);
    expect(isJourneyDone(none)).toBe(false);
    expect(isJourneyDone({ ...none, rollouts: 1 })).toBe(true);
  });
});

describe('palette and navigation', () => {
  const command = (label: string, group: string) => ({
    id: label,
    label,
    group,
    icon: 'home' as const,
    run: () => undefined,
  });

  it('matches every word and keeps groups together', () => {
    const all = [
      command('Roll out digits:1', 'Actions'),
      command('digits:1', 'Models'),
      command('Roll out weld:2', 'Actions'),
    ];
    expect(matchCommands(all, 'roll DIG').map((hit) => hit.label)).toEqual(['Roll out digits:1']);
    expect(matchCommands(all, '').map((hit) => hit.group)).toEqual(['Actions', 'Actions', 'Models']);
  });

  it('knows which page a device belongs to', () => {
    expect(sectionOf('/devices/press-01')).toBe('fleet');
    expect(sectionOf('/nowhere')).toBeUndefined();
  });
});
