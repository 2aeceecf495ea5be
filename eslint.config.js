// Lint rules, and the arrows between the rooms (docs/architecture.md): which folder may import which.
import tseslint from 'typescript-eslint';

/** @param {string[]} rooms folders under src/ that must not be imported @param {string} why */
const forbid = (rooms, why, allowTypeImports = false) => ({
  group: rooms.flatMap((room) => [`**/${room}/*`, `**/${room}/**`]),
  message: why,
  allowTypeImports,
});

const packages = (names, why) => ({ group: names, message: why });

const ALL = ['activities', 'api', 'cli', 'config', 'dev', 'elasticsearch', 'kibana', 'observability', 'store', 'temporal', 'transfer', 'verification', 'web', 'worker', 'workflows'];
const without = (...rooms) => ALL.filter((room) => !rooms.includes(room));

const room = (name, patterns) => ({
  files: [`src/${name}/**/*.ts`],
  rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
});

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.godwit/', 'coverage/'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['eslint.config.js'] }, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // The value thrown is an AbortSignal's reason or a rejection that is passed on.
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      'no-console': 'error',
    },
  },
  { files: ['src/activities/**/*.ts'], rules: { '@typescript-eslint/explicit-module-boundary-types': 'off' } },
  // Fastify tells plugins and hooks apart by their being async; fakes have the signature of the real thing.
  { files: ['src/api/**/*.ts', 'test/**/*.ts'], rules: { '@typescript-eslint/require-await': 'off' } },
  // Tests read foreign JSON.
  {
    files: ['test/**/*.ts', 'bench/**/*.ts', 'demo/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
    },
  },
  room('contracts', [forbid([...ALL, 'domain'], 'contracts import zod only')]),
  room('domain', [
    forbid(ALL, 'domain imports contracts only'),
    packages(['@temporalio/*', '@elastic/*', 'fastify', 'node:*'], 'domain is pure: no Temporal, no HTTP, no I/O'),
  ]),
  room('workflows', [
    forbid(without('workflows', 'activities', 'temporal'), 'workflows import domain, and contracts and activities as types only'),
    forbid(['activities'], 'workflows import activities as types only', true),
    packages(['@temporalio/client', '@temporalio/worker', '@temporalio/activity', '@elastic/*', 'node:*', 'zod', 'pino', 'pg'], 'workflows are deterministic'),
  ]),
  room('elasticsearch', [forbid(without('elasticsearch', 'config'), 'elasticsearch reaches clusters; it knows no Temporal, no store, no API')]),
  room('kibana', [forbid(without('kibana', 'elasticsearch', 'config'), 'kibana reaches Kibana, with the TLS of elasticsearch; it knows no Temporal, no store, no API')]),
  room('verification', [forbid(without('verification', 'elasticsearch', 'transfer'), 'verification compares; it knows no Temporal, no store, no API')]),
  room('transfer', [forbid(without('transfer', 'elasticsearch'), 'transfer moves documents; it knows no Temporal, no store, no API')]),
  room('store', [forbid(without('store', 'config', 'observability'), 'the store knows no Temporal, no cluster, no API')]),
  room('activities', [forbid(['api', 'cli', 'config', 'dev', 'web', 'worker', 'temporal'], 'activities are given what they need')]),
  room('config', [forbid(without('config', 'observability'), 'config reads settings and nothing else')]),
  room('web', [forbid(without('web'), 'the dashboard speaks the HTTP API only')]),
  {
    files: ['src/**/*.ts'],
    ignores: ['src/config/**', 'src/dev/**', 'src/cli/**', 'src/temporal/client.ts'],
    rules: { 'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'only src/config reads the environment' }] },
  },
  { files: ['src/cli/**', 'src/dev/**', 'scripts/**', 'demo/**', 'bench/**', 'test/**'], rules: { 'no-console': 'off' } },
  {
    files: ['**/*.js', '**/*.mjs'],
    ...tseslint.configs.disableTypeChecked,
  },
);
