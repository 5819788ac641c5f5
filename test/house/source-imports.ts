/** Reads the imports of a TypeScript file with the compiler's own parser. */
import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** One import, export-from, dynamic import or import type of a file. */
export interface SourceImport {
  specifier: string;
  /** True when the import vanishes at run time. */
  isTypeOnly: boolean;
}

function isTypeOnlyClause(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  return ts.isImportDeclaration(node)
    ? node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
    : node.isTypeOnly;
}

function isLoadCall(node: ts.CallExpression): boolean {
  const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword;
  return isImport || (ts.isIdentifier(node.expression) && node.expression.text === 'require');
}

/** Parses a file; the file's extension says whether it may hold JSX. */
export function parseSource(path: string): ts.SourceFile {
  return ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, false);
}

/** All imports of a file, in the order in which they stand. */
export function importsOf(source: ts.SourceFile): SourceImport[] {
  const found: SourceImport[] = [];
  const add = (specifier: ts.Node | undefined, isTypeOnly: boolean): void => {
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) {
      found.push({ specifier: specifier.text, isTypeOnly });
    }
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, isTypeOnlyClause(node));
    } else if (ts.isCallExpression(node) && isLoadCall(node)) {
      add(node.arguments[0], false);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
