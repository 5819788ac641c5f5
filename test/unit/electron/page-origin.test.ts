// What counts as our page, and which links may leave it.
import { describe, expect, it } from 'vitest';
import { isAllowedExternalUrl } from '../../../electron/main/external-hosts.ts';
import { isPageFrame, isPageUrl } from '../../../electron/main/page-origin.ts';

describe('an address of our page', () => {
  it.each(['app://lineside/', 'app://lineside', 'app://lineside/index.html#/fleet', 'app://lineside/devices/a?b=c'])(
    'is %s',
    (url) => {
      expect(isPageUrl(url)).toBe(true);
    },
  );

  it.each([
    'app://elsewhere/',
    'app://lineside.evil/',
    'app://evil@lineside/',
    'app://lineside:80/',
    'http://lineside/',
    'file:///lineside',
    'data:text/html,app://lineside/',
    'about:srcdoc',
    '',
    'lineside',
  ])('is not %s', (url) => {
    expect(isPageUrl(url)).toBe(false);
  });

  it('is trusted in the main frame only', () => {
    const url = 'app://lineside/';
    expect(isPageFrame({ url, parent: null })).toBe(true);
    expect(isPageFrame({ url, parent: { url } })).toBe(false);
    expect(isPageFrame({ url: 'about:blank', parent: null })).toBe(false);
    expect(isPageFrame(null)).toBe(false);
    expect(isPageFrame(undefined)).toBe(false);
  });
});

describe('a link that may leave', () => {
  it('is https on a listed host', () => {
    expect(isAllowedExternalUrl('https://onnxruntime.ai/docs?x#y')).toBe(true);
  });

  it.each([
    'http://onnx.ai/',
    'https://onnx.ai:8443/',
    'https://user:password@onnx.ai/',
    'https://onnx.ai.evil.example/',
    'https://evil.example/onnx.ai',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'onnx.ai',
  ])('is not %s', (url) => {
    expect(isAllowedExternalUrl(url)).toBe(false);
  });
});
