/** Shows that the lint rules for layers, package owners, raw IPC and default exports really fire, and where they must not. */
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../../house/vehicles.ts';

const shapeRules = new Set(['boundaries/dependencies', 'no-restricted-imports', 'no-restricted-syntax']);

/** The real configuration, less the rules that need types: those would have to load every project first. */
const eslint = new ESLint({
  cwd: repositoryRoot,
  overrideConfigFile: 'test/house/eslint.config.js',
  overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
  ruleFilter: ({ ruleId }) => shapeRules.has(ruleId),
});

/** Names of the rules that a line breaks where it stands in this file; the file itself need not exist. */
async function broken(filePath: string, line: string): Promise<string[]> {
  const results = await eslint.lintText(line, { filePath });
  return results.flatMap(({ messages }) => messages.map(({ ruleId, message }) => ruleId ?? message));
}

describe('the lint rules', () => {
  it.each([
    ['shared/domain/x.ts', "import { createLink } from '../../devices/link/connection.ts';", 'boundaries/dependencies'],
    ['devices/agent/x.ts', "import type { C } from '../link/connection.ts';", 'boundaries/dependencies'],
    ['renderer/app/x.ts', "import { db } from '../../electron/backend/database.ts';", 'boundaries/dependencies'],
    ['shared/domain/x.ts', "import { readFileSync } from 'node:fs';", 'no-restricted-imports'],
    ['shared/domain/x.ts', "import { z } from 'zod';", 'no-restricted-imports'],
    ['renderer/app/x.ts', "import { readFileSync } from 'node:fs';", 'no-restricted-imports'],
    ['electron/backend/x.ts', "import { app } from 'electron';", 'no-restricted-imports'],
    ['electron/hosts/x.ts', "import type { Client } from 'ssh2';", 'no-restricted-imports'],
    ['devices/agent/x.ts', "import { InferenceSession } from 'onnxruntime-node';", 'no-restricted-imports'],
    ['renderer/features/fleet/x.tsx', "import { Button } from '@mantine/core';", 'no-restricted-imports'],
    ['electron/main/window.ts', "import { ipcMain } from 'electron';", 'no-restricted-syntax'],
    ['electron/main/window.ts', "import * as e from 'electron';\ne.ipcMain.on('x', f);", 'no-restricted-syntax'],
    ['shared/domain/x.ts', 'export default function x() {}', 'no-restricted-syntax'],
  ])('in %s refuse %s', async (filePath, line, rule) => {
    expect(await broken(filePath, line)).toEqual([rule]);
  });

  it.each([
    ['devices/agent/x.ts', "import { AppError } from '../../shared/errors/app-error.ts';"],
    ['devices/link/x.ts', "import { Client } from 'ssh2';"],
    ['devices/runtime/x.ts', "import { InferenceSession } from 'onnxruntime-node';"],
    ['electron/main/ipc.ts', "import { ipcMain } from 'electron';"],
    ['electron/main/x.ts', "import { app } from 'electron';\nimport { join } from 'node:path';"],
    ['renderer/ui/x.tsx', "import { Button } from '@mantine/core';\nimport '@mantine/core/styles.css';"],
    ['shared/domain/x.ts', "import * as z from 'zod/mini';\nimport { safeName } from './names.ts';"],
    ['test/unit/x.test.ts', "import { Client } from 'ssh2';\nimport '../../electron/backend/database.ts';"],
    ['renderer/vite.config.ts', 'export default {};'],
  ])('in %s accept %s', async (filePath, line) => {
    expect(await broken(filePath, line)).toEqual([]);
  });
});
