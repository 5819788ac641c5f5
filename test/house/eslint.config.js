// The lint rules: promises and types that a compiler alone does not guard, the import table, and the one owner of each package.
import { resolve } from 'node:path';
import boundaries from 'eslint-plugin-boundaries';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';
import { generatedFiles, isInside, layers, packageOwners, sharedPackages } from './layers.ts';

const root = resolve(import.meta.dirname, '../..');
const sources = ['**/*.ts', '**/*.tsx'];
const ipcWrapper = 'electron/main/ipc.ts';

/** Patterns of `no-restricted-imports` for the packages that a folder does not own. */
function foreignPackages(folder) {
  return packageOwners
    .filter((owner) => !owner.folders.some((owned) => isInside(folder, owned)))
    .map(({ name, folders }) => ({
      regex: name.endsWith('/') ? `^${name}` : `^${name}(/|$)`,
      message: `Only ${folders.join(' and ')} may import it.`,
    }));
}

const ownerFolders = new Set([
  ...layers.map((layer) => layer.folder),
  ...packageOwners.flatMap((owner) => owner.folders),
]);
ownerFolders.delete('test');

/** One block a folder, the outer folder first, since the last matching block of a rule wins. */
const ownership = [...ownerFolders]
  .sort((a, b) => a.length - b.length)
  .map((folder) => ({
    files: [`${folder}/**/*.ts`, `${folder}/**/*.tsx`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            ...foreignPackages(folder),
            ...(folder === 'shared'
              ? [
                  {
                    regex: `^(?!\\.|(?:${sharedPackages.join('|')})$)`,
                    message: `shared/ runs everywhere: it imports itself and ${sharedPackages.join(', ')} only.`,
                  },
                ]
              : []),
            ...(isInside(folder, 'renderer') ? [{ regex: '^node:', message: 'The page has no Node.' }] : []),
          ],
        },
      ],
    },
  }));

const noDefaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'Export by name: a name is found by search and renamed by tools.',
};
const noRawIpc = [
  {
    selector: "ImportSpecifier[imported.name='ipcMain']",
    message: `Use ${ipcWrapper}, which checks the sender of every message.`,
  },
  {
    selector: "MemberExpression[property.name='ipcMain']",
    message: `Use ${ipcWrapper}, which checks the sender of every message.`,
  },
];

export default tseslint.config(
  {
    ignores: ['node_modules/**', 'out/**', 'coverage/**', 'test/fixtures/**', ...generatedFiles],
  },
  { linterOptions: { noInlineConfig: true } },
  {
    files: sources,
    plugins: { '@typescript-eslint': tseslint.plugin, boundaries },
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { projectService: true, tsconfigRootDir: root },
    },
    settings: {
      'boundaries/root-path': root,
      'boundaries/elements': layers.map((layer) => ({ type: layer.folder, pattern: layer.folder })),
      'import/resolver': { node: { extensions: ['.ts', '.tsx'] } },
    },
    rules: {
      'boundaries/no-unknown-files': 'error',
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          message: 'The import table does not let this folder import from that one.',
          policies: [
            { allow: { to: { module: { origin: ['external', 'core'] } } } },
            ...layers.map((layer) => ({
              from: { element: { type: layer.folder } },
              allow: { to: { element: { types: { anyOf: [layer.folder, ...layer.mayImport] } } } },
            })),
          ],
        },
      ],
      'no-restricted-syntax': ['error', noDefaultExport, ...noRawIpc],
      eqeqeq: ['error', 'always'],
      'no-empty': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-unused-vars': 'off',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/ban-ts-comment': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-for-in-array': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-base-to-string': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/no-unsafe-argument': 'error',
      '@typescript-eslint/no-unsafe-assignment': 'error',
      '@typescript-eslint/no-unsafe-call': 'error',
      '@typescript-eslint/no-unsafe-member-access': 'error',
      '@typescript-eslint/no-unsafe-return': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        {
          argsIgnorePattern: '^_',
          varsIgnorePattern: '^_',
          destructuredArrayIgnorePattern: '^_',
          ignoreRestSiblings: true,
        },
      ],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': 'error',
      '@typescript-eslint/restrict-plus-operands': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  ...ownership,
  { files: [ipcWrapper], rules: { 'no-restricted-syntax': ['error', noDefaultExport] } },
  {
    files: ['renderer/**/*.ts', 'renderer/**/*.tsx'],
    plugins: { 'react-hooks': reactHooks },
    rules: { 'react-hooks/rules-of-hooks': 'error', 'react-hooks/exhaustive-deps': 'error' },
  },
  {
    // What a tool loads by its default export.
    files: ['**/*.config.ts', 'test/house/skipping-runner.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    // Tests look at foreign and broken data on purpose.
    files: ['test/**/*.ts', 'test/**/*.tsx'],
    rules: {
      'no-restricted-syntax': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  // The page's build config runs in Node.
  { files: ['renderer/vite.config.ts'], rules: { 'no-restricted-imports': 'off' } },
);
