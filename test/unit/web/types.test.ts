/**
 * The dashboard's modules are JavaScript with types in comments, which the project's own compiler run does not see.
 * This checks them, and keeps the declarations through which tests use them current (`vitest -u` writes them).
 */
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const FOLDER = fileURLToPath(new URL('../../../src/web/public/', import.meta.url));

function parsedConfig(): ts.ParsedCommandLine {
  const path = `${FOLDER}tsconfig.json`;
  return ts.parseJsonConfigFileContent(ts.readConfigFile(path, (file) => ts.sys.readFile(file)).config, ts.sys, FOLDER);
}

describe('the types of the dashboard', () => {
  test('its modules pass the type checker', { timeout: 60_000 }, () => {
    const { fileNames, options } = parsedConfig();
    const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram(fileNames, options));
    const found = diagnostics.map(({ file, messageText }) => `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
    expect(fileNames.length).toBeGreaterThan(15);
    expect(found).toEqual([]);
  });

  test('the declarations of its logic are those of its code', { timeout: 60_000 }, async () => {
    const { fileNames, options } = parsedConfig();
    const logic = fileNames.filter((file) => /\/logic\/[\w-]+\.js$/.test(file));
    const emitted = new Map<string, string>();
    const program = ts.createProgram(logic, { ...options, noEmit: false, declaration: true, emitDeclarationOnly: true, sourceMap: false, outDir: '/emitted' });
    program.emit(undefined, (file, text) => emitted.set(basename(file), text));
    const declarations = logic.map((file) => basename(file).replace(/\.js$/, '.d.ts'));
    expect(declarations.length).toBeGreaterThan(3);
    for (const name of declarations) await expect(emitted.get(name) ?? '').toMatchFileSnapshot(`${FOLDER}logic/${name}`);
  });
});
