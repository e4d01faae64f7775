import { messageOf } from "../../errors.ts";
import { logicalOf, logicalOfFixed } from "./logical.ts";
import type { NamedNode } from "./children.ts";
import type { AvroNode, FieldNode, FixedNode, PrimitiveName, RecordNode } from "./node.ts";
import { branchName, shortName } from "./node.ts";
import { invalidSchema, mistakeAt } from "./parse-mistakes.ts";

/** Named types by their full names: what a schema may refer to, and where its own are put. */
export type NamedTypes = Map<string, AvroNode>;

/** How deep types may stand in each other in a text: what walks them does so by recursion. */
const MAX_DEPTH = 500;

/**
 * Parses a schema's text.
 * @throws EventQLError `SCHEMA_INVALID` listing what is wrong, each with its place.
 */
export function parseSchemaText(text: string, named: NamedTypes = new Map()): AvroNode {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const comments = /^\s*\/[/*]/.test(text) ? ": remove its comments" : "";
    throw invalidSchema([`it is not JSON${comments} (${messageOf(error)})`]);
  }
  return parseWithin(MAX_DEPTH, json, named);
}

/**
 * Parses a schema. It takes what a registry may hold, hence more than the specification's newest letter: unknown
 * attributes and wrong logical types are ignored, a namespace may have any characters, a default is judged only where it
 * is used.
 * @throws EventQLError `SCHEMA_INVALID` listing what is wrong, each with its place.
 */
export function parseSchema(json: unknown, named: NamedTypes = new Map()): AvroNode {
  return parseWithin(Infinity, json, named);
}

function parseWithin(maxDepth: number, json: unknown, named: NamedTypes): AvroNode {
  const mistakes: string[] = [];
  const node = parse(json, { named, namespace: "", path: "", room: maxDepth, mistakes });
  if (mistakes.length > 0) throw invalidSchema(mistakes);
  return node;
}

interface Scope {
  readonly named: NamedTypes;
  readonly namespace: string;
  readonly path: string;
  /** How much deeper types may stand in this one. */
  readonly room: number;
  readonly mistakes: string[];
}

type Attributes = Readonly<Record<string, unknown>>;

/** Stands where a type can't be read, so that the other mistakes are found too. */
const UNREADABLE: AvroNode = { type: "null", logical: undefined };

const PRIMITIVES: ReadonlySet<string> = new Set<PrimitiveName>([
  "null",
  "boolean",
  "int",
  "long",
  "float",
  "double",
  "bytes",
  "string",
]);

function isPrimitive(name: string): name is PrimitiveName {
  return PRIMITIVES.has(name);
}

function parse(json: unknown, outer: Scope): AvroNode {
  const scope = { ...outer, room: outer.room - 1 };
  if (scope.room < 0) return fail(scope, `types stand in each other more than ${MAX_DEPTH} deep: use names`);
  if (typeof json === "string") return parseName(json, scope);
  if (isList(json)) return parseUnion(json, scope);
  if (isObject(json)) return parseObject(json, scope);
  if (json === undefined) return fail(scope, "a type is missing: give it");
  return fail(scope, `a type is a name, a list or an object, not ${json === null ? "null" : typeof json}`);
}

function parseName(name: string, scope: Scope): AvroNode {
  if (isPrimitive(name)) return { type: name, logical: undefined };
  const known = scope.named.get(qualify(name, scope.namespace)) ?? scope.named.get(name);
  return known ?? fail(scope, `the type ${name} is not defined: define it before, or refer to a schema that does`);
}

function parseUnion(list: readonly unknown[], scope: Scope): AvroNode {
  if (list.length === 0) return fail(scope, "a union has no branches: list its types");
  const branches = list.map((branch) => parse(branch, scope)).filter((branch) => branch !== UNREADABLE);
  if (list.some(isList)) return fail(scope, "a union stands directly in a union: make them one");
  for (const [name, alike] of Map.groupBy(branches, branchName))
    if (alike.length > 1) fail(scope, `a union has the branch ${name} twice: keep one`);
  return { type: "union", branches };
}

function parseObject(json: Attributes, scope: Scope): AvroNode {
  const { type } = json;
  if (typeof type !== "string") return parse(type, scope);
  if (isPrimitive(type)) return { type, logical: logicalOf(type, json) };
  switch (type) {
    case "array":
      return { type, items: parse(json["items"], within(scope, "[]")) };
    case "map":
      return { type, values: parse(json["values"], within(scope, "{}")) };
    case "fixed":
      return parseFixed(json, scope);
    case "enum":
      return parseEnum(json, scope);
    case "record":
    case "error":
      return parseRecord(json, scope);
    default:
      return parseName(type, scope);
  }
}

function parseFixed(json: Attributes, scope: Scope): AvroNode {
  const { size } = json;
  const name = nameOf(json, scope);
  const isSize = typeof size === "number" && Number.isInteger(size) && size >= 0 && size <= 0x7fff_ffff;
  if (!isSize) return fail(scope, `the fixed ${name.name} has no size: give it as a whole number of bytes`);
  return define({ type: "fixed", ...name, size, logical: logicalOfFixed(size, json) }, scope);
}

function parseEnum(json: Attributes, scope: Scope): AvroNode {
  const { symbols, default: fallback } = json;
  const name = nameOf(json, scope);
  if (!isList(symbols)) return fail(scope, `the enum ${name.name} has no list of symbols: give one`);
  const texts = stringsOf(symbols);
  if (texts.length < symbols.length) fail(scope, `the enum ${name.name} has a symbol that is no text: quote it`);
  if (new Set(texts).size < texts.length) fail(scope, `the enum ${name.name} has a symbol twice: keep one`);
  return define({ type: "enum", ...name, symbols: texts, default: texts.find((each) => each === fallback) }, scope);
}

function parseRecord(json: Attributes, scope: Scope): AvroNode {
  const record: RecordNode = { type: "record", ...nameOf(json, scope), fields: [], hints: json["eventql"] };
  define(record, scope);
  const { fields } = json;
  if (!isList(fields)) return fail(scope, `the record ${record.name} has no list of fields: give one, [] for none`);
  const inner = { ...scope, namespace: namespaceOf(record.name) };
  const names = new Set<string>();
  for (const field of fields) {
    const name = fieldName(field, record, names, inner);
    if (name !== undefined && isObject(field)) record.fields.push(parseField(name, field, inner));
  }
  return record;
}

function fieldName(field: unknown, record: RecordNode, before: Set<string>, scope: Scope): string | undefined {
  const { name } = isObject(field) ? field : {};
  const owner = `the record ${record.name}`;
  if (typeof name !== "string" || !NAME.test(name)) {
    const what = name === undefined ? "a field without a name" : `a field whose name is no Avro name, ${quoted(name)}`;
    fail(scope, `${owner} has ${what}: ${NAME_RULE}`);
    return undefined;
  }
  // Plain objects hold the fields, and there `__proto__` is no field; MongoDB's driver has `_bsontype` for itself.
  if (name === "__proto__" || name === "_bsontype")
    fail(scope, `${owner} has a field that no object can have, ${name}: rename it`);
  if (before.has(name)) fail(scope, `${owner} has the field ${name} twice: rename one`);
  before.add(name);
  return name;
}

function parseField(name: string, json: Attributes, scope: Scope): FieldNode {
  return {
    name,
    aliases: stringsOf(json["aliases"]),
    doc: textOf(json["doc"]),
    type: parse(json["type"], within(scope, name)),
    default: json["default"],
    hints: json["eventql"],
  };
}

const NAME = /^[A-Za-z_]\w*$/;
const NAME_RULE = "use letters, digits and _, no digit first";

/** Registries don't look at namespaces: connectors make them of the names of servers and databases. */
function nameOf(json: Attributes, scope: Scope): Pick<FixedNode, "name" | "aliases" | "doc"> {
  const { name, namespace } = json;
  const full = qualify(
    typeof name === "string" ? name : "",
    typeof namespace === "string" ? namespace : scope.namespace,
  );
  if (name === undefined) fail(scope, `a type ${String(json["type"])} has no name: give it one`);
  else if (!NAME.test(shortName(full))) fail(scope, `${quoted(name)} is no Avro name: ${NAME_RULE}`);
  const aliases = stringsOf(json["aliases"]).map((alias) => qualify(alias, namespaceOf(full)));
  return { name: full, aliases, doc: textOf(json["doc"]) };
}

function define(node: NamedNode, scope: Scope): AvroNode {
  if (isPrimitive(node.name)) return fail(scope, `${node.name} is the name of a primitive: give the type another one`);
  if (scope.named.has(node.name))
    return fail(scope, `${node.name} is defined twice: define it once, and use its name after that`);
  scope.named.set(node.name, node);
  return node;
}

function qualify(name: string, namespace: string): string {
  return name.includes(".") || namespace === "" ? name.replace(/^\./, "") : `${namespace}.${name}`;
}

function namespaceOf(fullName: string): string {
  return fullName.slice(0, Math.max(0, fullName.lastIndexOf(".")));
}

function within(scope: Scope, step: string): Scope {
  const separator = scope.path === "" || !/\w/.test(step) ? "" : ".";
  return { ...scope, path: `${scope.path}${separator}${step}` };
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isObject(value: unknown): value is Attributes {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function stringsOf(value: unknown): readonly string[] {
  return isList(value) ? value.filter((item) => typeof item === "string") : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}

function quoted(value: unknown): string {
  return JSON.stringify(value);
}

/** Notes a mistake where it is. */
function fail({ mistakes, path }: Scope, what: string): AvroNode {
  mistakes.push(mistakeAt(path, what));
  return UNREADABLE;
}
