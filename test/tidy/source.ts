/** One program file and its syntax, as far as tidy asks for it: imports, exports, nodes, functions. */
import { parseSync } from 'oxc-parser';

/** A node of the syntax tree (ESTree, with TypeScript's nodes). */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export interface ImportedModule {
  /** As written: `../base/bytes.ts`, `node:fs`, `cborg`. */
  readonly specifier: string;
  readonly line: number;
  /** Leaves nothing behind when the types are stripped. */
  readonly typesOnly: boolean;
  readonly dynamic: boolean;
}

export interface MeasuredFunction {
  readonly line: number;
  readonly lines: number;
  /** Without the lines of the functions inside it. */
  readonly ownLines: number;
  /** An arrow without a block: an expression rather than a function of its own. */
  readonly isExpression: boolean;
}

const functionTypes = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'];

export class Source {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly ImportedModule[];
  readonly defaultExportLines: readonly number[];
  readonly errors: readonly string[];
  private readonly program: SyntaxNode;
  private readonly lineStarts: number[] = [0];

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.lineStarts.push(at + 1);
    const parsed = parseSync(path, text);
    this.program = parsed.program as unknown as SyntaxNode;
    this.errors = parsed.errors.map((error) => error.message);
    this.imports = this.readImports(parsed);
    this.defaultExportLines = parsed.module.staticExports
      .flatMap((statement) => statement.entries)
      .filter((entry) => entry.exportName.kind === 'Default')
      .map((entry) => this.lineOf(entry.start));
  }

  /** How many lines the file has; the empty one after the last newline is none. */
  get lines(): number {
    return this.lineStarts.length - (this.text.endsWith('\n') ? 1 : 0);
  }

  /** The number, from 1, of the line with this place in the text. */
  lineOf(offset: number): number {
    const next = this.lineStarts.findIndex((start) => start > offset);
    return next < 0 ? this.lineStarts.length : next;
  }

  /** Every node with the one that holds it, outermost first. */
  *nodes(): Generator<{ readonly node: SyntaxNode; readonly parent: SyntaxNode | undefined }> {
    const waiting: { node: SyntaxNode; parent: SyntaxNode | undefined }[] = [{ node: this.program, parent: undefined }];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      yield next;
      for (const child of childrenOf(next.node)) waiting.push({ node: child, parent: next.node });
    }
  }

  get functions(): readonly MeasuredFunction[] {
    const found: { first: number; last: number; isExpression: boolean }[] = [];
    for (const { node, parent } of this.nodes()) {
      if (!functionTypes.includes(node.type)) continue;
      const first = this.lineOf(parent?.type === 'MethodDefinition' ? parent.start : node.start);
      found.push({ first, last: this.lineOf(node.end - 1), isExpression: node['expression'] === true });
    }
    return found.map(({ first, last, isExpression }) => {
      const inside = new Set<number>();
      for (const other of found) {
        if (other.first <= first || other.last >= last) continue;
        for (let line = other.first; line <= other.last; line++) inside.add(line);
      }
      const lines = last - first + 1;
      return { line: first, lines, ownLines: lines - inside.size, isExpression };
    });
  }

  private readImports(parsed: ReturnType<typeof parseSync>): readonly ImportedModule[] {
    const { staticImports, staticExports, dynamicImports } = parsed.module;
    const imported = staticImports.map((statement) => ({
      specifier: statement.moduleRequest.value,
      line: this.lineOf(statement.start),
      typesOnly: statement.entries.length > 0 && statement.entries.every((entry) => entry.isType),
      dynamic: false,
    }));
    const passedOn = staticExports.flatMap(({ entries }) => {
      const [first] = entries;
      if (!first?.moduleRequest) return [];
      const typesOnly = entries.every((entry) => entry.isType);
      return [{ specifier: first.moduleRequest.value, line: this.lineOf(first.start), typesOnly, dynamic: false }];
    });
    const dynamic = dynamicImports.map(({ start, moduleRequest }) => {
      const specifier = this.text.slice(moduleRequest.start, moduleRequest.end).replace(/^['"`]|['"`]$/g, '');
      return { specifier, line: this.lineOf(start), typesOnly: false, dynamic: true };
    });
    return [...imported, ...passedOn, ...dynamic];
  }
}

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  return Object.values(node)
    .flatMap((value) => (Array.isArray(value) ? value : [value]))
    .filter((value): value is SyntaxNode => typeof value === 'object' && value !== null && 'type' in value);
}
