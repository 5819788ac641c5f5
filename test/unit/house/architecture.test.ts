/** Holds the repository to its import table and its tidiness, and shows on a bad tree that each check can fail. */
import { afterEach, describe, expect, it } from 'vitest';
import { checkImports, type Fault } from '../../house/architecture.ts';
import { removeTrees, writeTree as tree } from '../../house/bad-tree.ts';
import { checkTidiness, openingComment } from '../../house/tidiness.ts';
import { repositoryRoot } from '../../house/vehicles.ts';

afterEach(removeTrees);

const brief = (faults: Fault[]): string[] => faults.map(({ rule, file }) => `${rule} ${file}`).sort();
const importFaults = (files: Record<string, string>): string[] => brief(checkImports(tree(files)).faults);

describe('the repository', () => {
  it('keeps to the import table, the package owners and has no cycle', () => {
    const { faults, files, imports } = checkImports(repositoryRoot);
    expect(faults).toEqual([]);
    expect(files).toBeGreaterThan(100);
    expect(imports).toBeGreaterThan(300);
  });

  it('has only the agreed top level, a README in each folder, short files with a header and no private names', () => {
    expect(checkTidiness(repositoryRoot)).toEqual([]);
  });
});

describe('the import checker', () => {
  it('accepts what the table allows', () => {
    const files = {
      'shared/a.ts': "import * as z from 'zod/mini';\nexport const a = z;",
      'devices/agent/main.ts': "import { a } from '../../shared/a.ts';\nimport { readFileSync } from 'node:fs';",
      'electron/main/main.ts': "import { app } from 'electron';",
      'renderer/features/fleet/page.tsx': "import { useState } from 'react';\nexport const Page = () => <p />;",
      'test/unit/a.test.ts': "import { Client } from 'ssh2';\nimport '../../devices/agent/main.ts';",
    };
    expect(importFaults(files)).toEqual([]);
  });

  it.each([
    ['a static import', "import { b } from '../electron/backend/b.ts';"],
    ['a type import', "import type { B } from '../electron/backend/b.ts';"],
    ['an export from', "export * from '../electron/backend/b.ts';"],
    ['a dynamic import', "export const b = () => import('../electron/backend/b.ts');"],
    ['an import type node', "export type B = import('../electron/backend/b.ts').B;"],
    ['a require', "const b = require('../electron/backend/b.ts');"],
  ])('finds %s across a layer', (_what, line) => {
    expect(importFaults({ 'shared/a.ts': line, 'electron/backend/b.ts': '' })).toEqual(['layer shared/a.ts']);
  });

  it('does not take a comment or a string for an import', () => {
    expect(importFaults({ 'shared/a.ts': "// import 'ssh2';\nexport const a = \"import 'ssh2'\";" })).toEqual([]);
  });

  it('finds packages in the wrong hands', () => {
    const files = {
      'devices/agent/a.ts': "import { InferenceSession } from 'onnxruntime-node';",
      'devices/kit/k.ts': "import { Client } from 'ssh2';",
      'electron/backend/b.ts': "import type { App } from 'electron';",
      'renderer/features/fleet/f.tsx': "import { Button } from '@mantine/core';",
      'renderer/lib/l.ts': "import { readFileSync } from 'node:fs';",
      'renderer/ui/button.tsx': "import { Button } from '@mantine/core';\nimport '@mantine/core/styles.css';",
      'shared/s.ts': "import { readFileSync } from 'node:fs';",
      'shared/z.ts': "import { z } from 'zod';",
    };
    expect(importFaults(files)).toEqual([
      'owner devices/agent/a.ts',
      'owner devices/kit/k.ts',
      'owner electron/backend/b.ts',
      'owner renderer/features/fleet/f.tsx',
      'owner renderer/lib/l.ts',
      'owner shared/s.ts',
      'owner shared/z.ts',
    ]);
  });

  it('finds a feature that imports another, and a file outside every layer', () => {
    const files = {
      'renderer/features/fleet/f.ts': "import '../models/m.ts';",
      'renderer/features/models/m.ts': "import './n.ts';",
      'renderer/features/models/n.ts': '',
      'electron/stray.ts': '',
    };
    expect(importFaults(files)).toEqual(['layer electron/stray.ts', 'layer renderer/features/fleet/f.ts']);
  });

  it('finds cycles of what is loaded, and lets a type look back', () => {
    const files = {
      'shared/a.ts': "import './b.ts';",
      'shared/b.ts': "import { c } from './c.ts';",
      'shared/c.ts': "import './a.ts';",
      'shared/d.ts': "import './e.ts';",
      'shared/e.ts': "import type { D } from './d.ts';",
    };
    const { faults } = checkImports(tree(files));
    expect(faults).toEqual([
      { rule: 'cycle', file: 'shared/a.ts', message: 'shared/a.ts → shared/b.ts → shared/c.ts → shared/a.ts' },
    ]);
  });

  it('finds the inference library behind an entry that must not load it, but not behind a type', () => {
    const files = {
      'devices/runtime/session.ts': "import './ort-binding.ts';",
      'devices/runtime/ort-binding.ts': '',
      'devices/agent/main.ts': "import './serve.ts';",
      'devices/agent/serve.ts': "import '../runtime/session.ts';",
      'electron/hosts/cli.ts': "import type { S } from '../../devices/runtime/session.ts';",
    };
    const { faults } = checkImports(tree(files));
    expect(faults.map(({ message }) => message)).toEqual([
      'loads the inference library: devices/agent/main.ts → devices/agent/serve.ts → devices/runtime/session.ts → devices/runtime/ort-binding.ts',
    ]);
  });
});

describe('the tidiness checker', () => {
  const header = '/** Owns a thing that is worth a file. */\n';
  const readmes = Object.fromEntries(
    ['electron', 'renderer', 'shared', 'devices', 'test'].map((folder) => [`${folder}/README.md`, 'x']),
  );

  it('accepts a tidy tree', () => {
    expect(checkTidiness(tree({ ...readmes, 'package.json': '{}', 'shared/a.ts': header }))).toEqual([]);
  });

  it('finds strangers at the top level and a missing README', () => {
    const faults = checkTidiness(
      tree({ ...readmes, 'electron/README.md': 'x', 'vite.config.js': '', 'docs/a.md': '' }),
    );
    expect(brief(faults)).toEqual(['top-level docs', 'top-level vite.config.js']);
    expect(brief(checkTidiness(tree({ 'package.json': '{}' })))).toHaveLength(5);
  });

  it('finds files without a header and files that are too long, except generated ones and tests', () => {
    const long = `${header}${'export {};\n'.repeat(400)}`;
    const faults = checkTidiness(
      tree({
        ...readmes,
        'shared/a.ts': 'export {};\n',
        'shared/b.ts': '/** thing */\nexport {};\n',
        'shared/long.ts': long,
        'shared/at-the-limit.ts': long.slice(0, -'export {};\n'.length),
        'shared/onnx_pb.ts': 'export {};\n'.repeat(500),
        'test/unit/long.test.ts': long,
      }),
    );
    expect(brief(faults)).toEqual(['header shared/a.ts', 'header shared/b.ts', 'length shared/long.ts']);
  });

  it('finds the paths of a machine and the hosts of package mirrors', () => {
    const names = [
      ['', 'work', 'main', 'x.ts'].join('/'),
      ['', 'root', '.cache'].join('/'),
      `https://${['us', 'npm.pkg', 'dev'].join('-').replace('pkg-', 'pkg.')}/thing`,
      `https://${['npm-mirror', 'example', 'com'].join('.')}/thing`,
    ];
    for (const name of names) {
      expect(brief(checkTidiness(tree({ ...readmes, 'shared/notes.md': `see ${name}` }))), name).toContain(
        'private-name shared/notes.md',
      );
    }
    const fine = 'see ../shared/models, /home/edge/lineside and https://zod.dev';
    expect(checkTidiness(tree({ ...readmes, 'shared/notes.md': fine }))).toEqual([]);
  });

  it('reads headers of every kind', () => {
    expect(openingComment('#!/usr/bin/env node\n// Starts the agent.\nx')).toBe('Starts the agent.');
    expect(openingComment('/**\n * Starts the agent.\n * Once.\n */\nx')).toBe('Starts the agent. Once.');
    expect(openingComment('const x = 1; // Not a header.')).toBe('');
  });
});
