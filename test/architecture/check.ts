import type { Import, Module } from "./module-graph.ts";
import { ADAPTERS, BARREL, GUARDED_PARTS, MAX_LINES, PACKAGES, PARTS, type PartRule, PURE } from "./rules.ts";

/** Every breach of the rules, one line each: the file, what it does, and the rule in words. */
export function breaches(modules: readonly Module[]): readonly string[] {
  return [...modules.flatMap((module) => [...importBreaches(module), ...fileBreaches(module)]), ...cycles(modules)];
}

/** Which part a file belongs to: `catalog`, `event-log` (the port's own files), `event-log/kafka`, `compose`. */
function partOf(path: string): string {
  const [folder = "", below] = path.split("/");
  if (below !== undefined && ADAPTERS[folder]?.includes(below)) return `${folder}/${below}`;
  return folder.replace(/\.ts$/, "");
}

function importBreaches({ path, imports }: Module): readonly string[] {
  const part = partOf(path);
  const rule = PARTS[part];
  if (rule === undefined) return [`${path}: the rules don't know the part "${part}": give it a row`];
  return imports.flatMap((each) =>
    (each.kind === "package" ? packageBreaches(part, each) : partBreaches(part, rule, each)).map(
      (breach) => `${path} imports ${each.to}: ${breach}`,
    ),
  );
}

function partBreaches(part: string, { parts, types = [] }: PartRule, { to, typeOnly }: Import): readonly string[] {
  const target = partOf(to);
  if (target === part) return [];
  const guards = GUARDED_PARTS[target];
  if (guards !== undefined && !guards.includes(part)) return [`${target} may be imported by ${list(guards)} alone`];
  if (guards !== undefined || parts.includes("*") || parts.includes(target)) return [];
  if (!types.includes(target)) return [`${part} may import ${list([...parts, ...types.map(asTypes)])} alone`];
  return typeOnly ? [] : [`${part} may import the types of ${target} alone: write \`import type\``];
}

function packageBreaches(part: string, { to, typeOnly }: Import): readonly string[] {
  const owners = PACKAGES.filter(({ packages }) => packages.test(to));
  const foreign = owners.filter(({ parts }) => !parts.includes(part));
  const impure = PURE.parts.includes(part) && !typeOnly && PURE.effects.includes(to);
  return [
    ...foreign.map(({ parts }) => `${to} may be imported in ${list(parts)} alone`),
    ...(impure ? [`${part} touches neither files nor the network nor processes`] : []),
  ];
}

function fileBreaches({ path, lines, plainErrors, isBarrel }: Module): readonly string[] {
  return [
    ...(lines > MAX_LINES ? [`${path} has ${lines} lines: ${MAX_LINES} is the most`] : []),
    ...(plainErrors > 0
      ? [`${path} throws a plain Error ${plainErrors} times: throw an EventQLError with a code`]
      : []),
    ...(isBarrel && path !== BARREL
      ? [`${path} only passes on what other files export: ${BARREL} is the only barrel`]
      : []),
  ];
}

/** Each ring of modules that import each other, types included, once. */
function cycles(modules: readonly Module[]): readonly string[] {
  const byPath = new Map(modules.map((module) => [module.path, module]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) return void found.push(`${[...trail.slice(start), path].join(" → ")}: imports must make no ring`);
    if (done.has(path)) return;
    for (const { kind, to } of byPath.get(path)?.imports ?? []) if (kind === "module") visit(to, [...trail, path]);
    done.add(path);
  };
  for (const { path } of modules) visit(path, []);
  return found;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? "nothing" : names.join(", ");
}

function asTypes(part: string): string {
  return `${part}'s types`;
}
