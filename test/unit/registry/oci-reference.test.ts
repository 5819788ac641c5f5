import { describe, expect, it } from 'vitest';
import {
  formatOciReference,
  parseOciReference,
  tagOfVersion,
} from '../../../electron/backend/registry/oci-reference.ts';

const digest = `sha256:${'a'.repeat(64)}`;

describe('references to registries', () => {
  it.each([
    ['oci://host/a', { registry: 'host', repository: 'a', tag: null, digest: null }],
    ['oci://host:5000/a/b-c:1.0', { registry: 'host:5000', repository: 'a/b-c', tag: '1.0', digest: null }],
    [`oci://127.0.0.1:1/a:x@${digest}`, { registry: '127.0.0.1:1', repository: 'a', tag: 'x', digest }],
    [`oci://[::1]:5000/a__b@${digest}`, { registry: '[::1]:5000', repository: 'a__b', tag: null, digest }],
  ])('reads %s', (text, parts) => {
    expect(parseOciReference(text)).toEqual(parts);
    expect(formatOciReference(parseOciReference(text))).toBe(text);
  });

  it.each([
    'host/a:1',
    'docker://host/a',
    'oci://host',
    'oci://host/',
    'oci:///a',
    'oci://host/A',
    'oci://host/a//b',
    'oci://host/a/../b',
    'oci://host/a:',
    'oci://host/a:b c',
    'oci://host/a@sha256:short',
    `oci://host/a@sha512:${'a'.repeat(128)}`,
    'oci://host:port/a',
    'oci://ho?st/a',
    `oci://host/${'a'.repeat(256)}`,
  ])('refuses %s', (text) => {
    expect(() => parseOciReference(text)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });

  it('does not repeat a password that stands in one', () => {
    expect(() => parseOciReference('oci://me:hunter2@host/a')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });

  it('makes a tag of every version', () => {
    expect(tagOfVersion('1.0+build.5')).toBe('1.0_build.5');
  });
});
