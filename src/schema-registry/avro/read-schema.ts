import { fitsAsDefault, isObject } from "./default-value.ts";
import { isFullName, isName, isPrimitive, namespaceOf, qualify } from "./names.ts";
import {
  branchName,
  describeNode,
  type FieldNode,
  type LogicalMark,
  type NamedNode,
  type RecordNode,
  type SchemaNode,
} from "./schema-node.ts";

type Attributes = Readonly<Record<string, unknown>>;

/** A mistake in a schema: where, and what is right. */
interface SchemaProblem {
  /** Fields from the root, joined by dots; empty for the schema itself. */
  readonly path: string;
  readonly text: string;
}

/** A name that the schema uses and nothing defines. */
export interface MissingName {
  readonly path: string;
  readonly name: string;
}

/** What a walk over a schema found. `node` counts only where there are neither problems nor missing names. */
export interface SchemaReading {
  readonly node: SchemaNode;
  /** The named types that the text itself defines. */
  readonly defined: readonly string[];
  /** All named types: those known before and those defined. */
  readonly names: KnownNames;
  readonly missing: readonly MissingName[];
  readonly problems: readonly SchemaProblem[];
}

/** Named types by full name: those of the texts that were read before. */
export type KnownNames = ReadonlyMap<string, NamedNode>;

interface Place {
  readonly path: string;
  readonly namespace: string;
}

interface Walk {
  readonly names: Map<string, NamedNode>;
  readonly defined: string[];
  readonly missing: MissingName[];
  readonly problems: SchemaProblem[];
}

/** Stands where a type could not be read, so that the walk goes on and finds the other mistakes. */
const UNREADABLE: SchemaNode = { kind: "primitive", type: "null", logical: undefined };

/** Walks a parsed Avro schema, finding every mistake at once. `known` are the types of the schemas that it refers to. */
export function readSchema(schema: unknown, known: KnownNames = new Map()): SchemaReading {
  const walk: Walk = { names: new Map(known), defined: [], missing: [], problems: [] };
  const node = readType(schema, { path: "", namespace: "" }, walk);
  return { node, defined: walk.defined, missing: walk.missing, problems: walk.problems, names: walk.names };
}

function readType(schema: unknown, place: Place, walk: Walk): SchemaNode {
  if (typeof schema === "string") return readName(schema, place, walk);
  if (Array.isArray(schema)) return readUnion(schema, place, walk);
  if (!isObject(schema)) return fail(place, walk, "a type is a name, a list (a union) or an object");
  const { type } = schema;
  if (typeof type !== "string") {
    if (isObject(type) || Array.isArray(type)) return readType(type, place, walk);
    return fail(place, walk, "the type has no `type` attribute");
  }
  switch (type) {
    case "record":
    case "error":
      return readRecord(schema, place, walk);
    case "enum":
      return readEnum(schema, place, walk);
    case "fixed":
      return readFixed(schema, place, walk);
    case "array":
      return { kind: "array", items: readType(schema["items"], within(place, "[]"), walk) };
    case "map":
      return { kind: "map", values: readType(schema["values"], within(place, "{}"), walk) };
    default:
      return isPrimitive(type)
        ? { kind: "primitive", type, logical: readLogical(schema) }
        : readName(type, place, walk);
  }
}

function readName(name: string, place: Place, walk: Walk): SchemaNode {
  if (isPrimitive(name)) return { kind: "primitive", type: name, logical: undefined };
  const fullName = qualify(name, place.namespace);
  const node = walk.names.get(fullName);
  if (node === undefined) walk.missing.push({ path: place.path, name: fullName });
  return node ?? UNREADABLE;
}

function readUnion(branches: readonly unknown[], place: Place, walk: Walk): SchemaNode {
  if (branches.length === 0) fail(place, walk, "the union has no branches: list its types");
  const nodes = branches.map((branch) => readType(branch, place, walk));
  for (const [index, branch] of branches.entries())
    if (Array.isArray(branch)) fail(place, walk, `branch ${index + 1} of the union is a union itself: flatten it`);
  const readable = nodes.filter((node) => node !== UNREADABLE).map(branchName);
  for (const twice of new Set(readable.filter((name, index) => readable.indexOf(name) !== index)))
    fail(place, walk, `the union has ${twice} twice: keep one`);
  return { kind: "union", branches: nodes };
}

function readRecord(schema: Attributes, place: Place, walk: Walk): SchemaNode {
  const named = readNamed(schema, place, walk);
  const fields: FieldNode[] = [];
  const node: RecordNode = { kind: "record", ...named, fields };
  define(node, place, walk);
  if (!Array.isArray(schema["fields"])) return fail(place, walk, `record ${named.name} has no list of \`fields\``);
  const inside = { path: place.path, namespace: namespaceOf(named.name) };
  for (const [index, field] of schema["fields"].entries()) {
    const read = readField(field, index, inside, walk);
    if (read === undefined) continue;
    if (fields.some(({ name }) => name === read.name))
      fail(within(inside, read.name), walk, `record ${named.name} has this field twice: rename one`);
    fields.push(read);
  }
  return node;
}

function readField(field: unknown, index: number, place: Place, walk: Walk): FieldNode | undefined {
  if (!isObject(field) || !isName(field["name"])) {
    const name = isObject(field) ? JSON.stringify(field["name"]) : JSON.stringify(field);
    fail(place, walk, `field ${index + 1} has no legal name (${name}): use letters, digits and _, no digit first`);
    return undefined;
  }
  const { name } = field;
  const at = within(place, name);
  if (field["type"] === undefined) fail(at, walk, "the field has no `type`");
  const before = walk.problems.length + walk.missing.length;
  const type = field["type"] === undefined ? UNREADABLE : readType(field["type"], at, walk);
  const sound = walk.problems.length + walk.missing.length === before;
  const hasDefault = field["default"] !== undefined;
  if (hasDefault && sound && type !== UNREADABLE && !fitsAsDefault(field["default"], type))
    fail(at, walk, `the default ${JSON.stringify(field["default"])} is no ${expectedDefault(type)}`);
  return { name, aliases: readAliases(field, at, walk, isName), type, hasDefault };
}

function expectedDefault(type: SchemaNode): string {
  const first = type.kind === "union" ? type.branches[0] : undefined;
  return first === undefined ? describeNode(type) : `${describeNode(first)}, the union's first branch`;
}

function readEnum(schema: Attributes, place: Place, walk: Walk): SchemaNode {
  const named = readNamed(schema, place, walk);
  const symbols: readonly unknown[] = Array.isArray(schema["symbols"]) ? schema["symbols"] : [];
  if (symbols.length === 0) fail(place, walk, `enum ${named.name} has no list of \`symbols\``);
  for (const symbol of symbols)
    if (!isName(symbol)) fail(place, walk, `enum ${named.name} has an illegal symbol: ${JSON.stringify(symbol)}`);
  const legal = symbols.filter(isName);
  if (new Set(legal).size < legal.length) fail(place, walk, `enum ${named.name} has a symbol twice`);
  const fallback = schema["default"];
  const known = typeof fallback === "string" && legal.includes(fallback);
  if (fallback !== undefined && !known)
    fail(place, walk, `the default ${JSON.stringify(fallback)} is no symbol of enum ${named.name}`);
  return define({ kind: "enum", ...named, symbols: legal, default: known ? fallback : undefined }, place, walk);
}

function readFixed(schema: Attributes, place: Place, walk: Walk): SchemaNode {
  const named = readNamed(schema, place, walk);
  const { size } = schema;
  const legal = typeof size === "number" && Number.isSafeInteger(size) && size > 0;
  if (!legal) fail(place, walk, `fixed ${named.name} has no \`size\` above 0`);
  return define({ kind: "fixed", ...named, size: legal ? size : 1, logical: readLogical(schema) }, place, walk);
}

function readNamed(schema: Attributes, place: Place, walk: Walk): { name: string; aliases: readonly string[] } {
  const { name, namespace } = schema;
  if (!isFullName(name) || isPrimitive(name)) {
    fail(place, walk, `${JSON.stringify(name)} is no legal name of a type: use letters, digits and _, no digit first`);
    return { name: "", aliases: [] };
  }
  if (namespace !== undefined && namespace !== "" && !isFullName(namespace))
    fail(place, walk, `the namespace ${JSON.stringify(namespace)} is not legal`);
  const fullName = qualify(name, typeof namespace === "string" ? namespace : place.namespace);
  const aliases = readAliases(schema, place, walk, isFullName);
  return { name: fullName, aliases: aliases.map((alias) => qualify(alias, namespaceOf(fullName))) };
}

function readAliases(
  schema: Attributes,
  place: Place,
  walk: Walk,
  isLegal: (value: unknown) => value is string,
): readonly string[] {
  const { aliases } = schema;
  if (aliases === undefined) return [];
  if (Array.isArray(aliases) && aliases.every(isLegal)) return aliases;
  fail(place, walk, "`aliases` is not a list of legal names");
  return [];
}

function readLogical(schema: Attributes): LogicalMark | undefined {
  const { logicalType, scale } = schema;
  if (typeof logicalType !== "string") return undefined;
  return { logicalType, scale: typeof scale === "number" ? scale : 0 };
}

function define(node: NamedNode, place: Place, walk: Walk): NamedNode {
  if (node.name === "") return node;
  if (walk.names.has(node.name)) fail(place, walk, `${node.name} is defined twice: define it once, then use its name`);
  walk.names.set(node.name, node);
  walk.defined.push(node.name);
  return node;
}

function within(place: Place, step: string): Place {
  const joined = step.startsWith("[") || step.startsWith("{") || place.path === "" ? step : `.${step}`;
  return { ...place, path: `${place.path}${joined}` };
}

function fail(place: Place, walk: Walk, text: string): SchemaNode {
  walk.problems.push({ path: place.path, text });
  return UNREADABLE;
}
