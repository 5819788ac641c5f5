// Which file of the page a URL means, and the headers that go with it.

import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pageFilePath, pageHeaders, pageMediaType } from '../../../shared/domain/page-files.ts';

describe('a path of the page', () => {
  it.each([
    ['/', 'index.html'],
    ['', null],
    ['/fleet', 'index.html'],
    ['/devices/edge-1', 'index.html'],
    ['/assets/app-B3x_9.js', 'assets/app-B3x_9.js'],
    ['/assets//app.js', 'assets/app.js'],
    ['/%61.js', 'a.js'],
    ['/../secret.txt', null],
    ['/a/..%2f..%2fsecret.txt', null],
    ['/..%5csecret.txt', null],
    ['/.git/config', null],
    ['/a%00.js', null],
    ['/%zz', null],
    ['/a:b.js', null],
  ])('%s means %s', (path, file) => {
    expect(pageFilePath(path)).toBe(file);
  });

  it('never leads out of the folder, whatever is asked for', () => {
    const part = fc.oneof(fc.constantFrom('..', '.', '%2e%2e', '%2f', '%5c', '\\', '/', 'a', 'b.js'), fc.string());
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const file = pageFilePath(`/${parts.join('/')}`);
        if (file === null) return;
        expect(posix.join('/page', file).startsWith('/page/')).toBe(true);
        expect(file).not.toContain('\\');
      }),
      { numRuns: 2000 },
    );
  });
});

describe('its headers', () => {
  it('name a nonce for styles only, and what may be connected to', () => {
    const policy = pageHeaders({ nonce: 'abc', connect: ['ws://127.0.0.1:1'] })['Content-Security-Policy'];
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("style-src 'self' 'nonce-abc';");
    expect(policy).toContain("connect-src 'self' ws://127.0.0.1:1;");
    expect(policy).not.toMatch(/unsafe|\*/);
  });

  it('give bytes of no known kind no type that a browser would run', () => {
    expect(pageMediaType('a.js')).toBe('text/javascript; charset=utf-8');
    expect(pageMediaType('a.HTML')).toBe('text/html; charset=utf-8');
    expect(pageMediaType('a.exe')).toBe('application/octet-stream');
    expect(pageMediaType('noextension')).toBe('application/octet-stream');
  });
});
