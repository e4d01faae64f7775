import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { parseSync, Visitor } from "oxc-parser";

/** An import of a module: of another one, by its path below the root, or of a package or Node's own, by name. */
export interface Import {
  readonly to: string;
  readonly kind: "module" | "package";
  /** Erased at run time. */
  readonly typeOnly: boolean;
}

/** What the rules look at in a source file. */
export interface Module {
  /** Below the root, with slashes. */
  readonly path: string;
  readonly imports: readonly Import[];
  /** Whether it passes on all of another module's exports, or others' exports and none of its own. */
  readonly isBarrel: boolean;
  readonly lines: number;
  /** How often it throws a plain `Error`. */
  readonly plainErrors: number;
}

/** Reads every TypeScript file below a folder. */
export function readModules(root: string): readonly Module[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".ts"))
    .toSorted()
    .map((path) => parseModule(path, readFileSync(join(root, path), "utf8")));
}

/** Reads one file's imports (static, dynamic, of types), re-exports and thrown plain errors. */
export function parseModule(path: string, source: string): Module {
  const { module, program, errors } = parseSync(path, source);
  if (errors.length > 0) throw new TypeError(`${path}: ${errors.map(({ message }) => message).join(", ")}`);
  const imports: Import[] = [];
  const add = (to: string, typeOnly: boolean): void => void imports.push(resolve(path, to, typeOnly));
  for (const { moduleRequest, entries } of module.staticImports)
    add(moduleRequest.value, entries.length > 0 && entries.every(({ isType }) => isType));
  const exported = module.staticExports.flatMap(({ entries }) => entries);
  const passedOn = exported.filter(({ moduleRequest }) => moduleRequest);
  const all = passedOn.some(({ importName }) => importName.name === null);
  const isBarrel = all || (passedOn.length > 0 && passedOn.length === exported.length);
  for (const { moduleRequest, isType } of passedOn) if (moduleRequest) add(moduleRequest.value, isType);
  let plainErrors = 0;
  new Visitor({
    ImportExpression: ({ source }) => {
      if (source.type === "Literal" && typeof source.value === "string") add(source.value, false);
    },
    TSImportType: ({ source }) => add(source.value, true),
    ThrowStatement: ({ argument }) => {
      const thrown =
        argument.type === "NewExpression" || argument.type === "CallExpression" ? argument.callee : undefined;
      if (thrown?.type === "Identifier" && thrown.name === "Error") plainErrors += 1;
    },
  }).visit(program);
  return { path, imports, isBarrel, lines: countLines(source), plainErrors };
}

function resolve(from: string, to: string, typeOnly: boolean): Import {
  if (!to.startsWith(".")) return { to: packageName(to), kind: "package", typeOnly };
  return { to: posix.join(posix.dirname(from), to), kind: "module", typeOnly };
}

function packageName(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function countLines(source: string): number {
  return source.replace(/\n$/, "").split("\n").length;
}
