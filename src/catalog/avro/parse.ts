import { EventQLError, messageOf } from "../../errors.ts";
import { logicalOf, logicalOfFixed } from "./logical.ts";
import type { AvroNode, EnumNode, FieldNode, FixedNode, PrimitiveName, RecordNode } from "./node.ts";
import { branchName } from "./node.ts";

/** Named types by their full names: what a schema may refer to, and where its own are put. */
export type NamedTypes = Map<string, AvroNode>;

/**
 * Parses a schema's text.
 * @throws EventQLError `SCHEMA_INVALID` saying what is wrong and where.
 */
export function parseSchemaText(text: string, named: NamedTypes = new Map()): AvroNode {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw invalid("", `no JSON (${messageOf(error)})`);
  }
  return parseSchema(json, named);
}

/**
 * Parses a schema. It takes what a registry may hold, hence more than the specification's newest letter: unknown
 * attributes and wrong logical types are ignored, a default is judged only where it is used.
 * @throws EventQLError `SCHEMA_INVALID` saying what is wrong and where.
 */
export function parseSchema(json: unknown, named: NamedTypes = new Map()): AvroNode {
  return parse(json, { named, namespace: "", path: "" });
}

interface Scope {
  readonly named: NamedTypes;
  readonly namespace: string;
  readonly path: string;
}

type Attributes = Readonly<Record<string, unknown>>;

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

function parse(json: unknown, scope: Scope): AvroNode {
  if (typeof json === "string") return parseName(json, scope);
  if (isList(json)) return parseUnion(json, scope);
  if (isObject(json)) return parseObject(json, scope);
  throw invalid(scope.path, `a type is a name, a list or an object, not ${json === null ? "null" : typeof json}`);
}

function parseName(name: string, scope: Scope): AvroNode {
  if (isPrimitive(name)) return { type: name, logical: undefined };
  const known = scope.named.get(qualify(name, scope.namespace)) ?? scope.named.get(name);
  if (known === undefined) throw invalid(scope.path, `the type ${name} is not defined`);
  return known;
}

function parseUnion(list: readonly unknown[], scope: Scope): AvroNode {
  if (list.length === 0) throw invalid(scope.path, "a union has no branches");
  const branches = list.map((branch) => parse(branch, scope));
  const names = branches.map(branchName);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (names.includes("union")) throw invalid(scope.path, "a union stands directly in a union");
  if (repeated !== undefined) throw invalid(scope.path, `a union has the branch ${repeated} twice`);
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
      return define(parseFixed(json, scope), scope);
    case "enum":
      return define(parseEnum(json, scope), scope);
    case "record":
    case "error":
      return parseRecord(json, scope);
    default:
      return parseName(type, scope);
  }
}

function parseFixed(json: Attributes, scope: Scope): FixedNode {
  const { size } = json;
  if (typeof size !== "number" || !Number.isInteger(size) || size < 0 || size > 0x7fff_ffff)
    throw invalid(scope.path, "a fixed has no size");
  return { type: "fixed", ...nameOf(json, scope), size, logical: logicalOfFixed(size, json) };
}

function parseEnum(json: Attributes, scope: Scope): EnumNode {
  const symbols = stringsOf(json["symbols"]);
  const name = nameOf(json, scope);
  if (symbols.length === 0) throw invalid(scope.path, `the enum ${name.name} has no symbols`);
  if (new Set(symbols).size < symbols.length) throw invalid(scope.path, `the enum ${name.name} has a symbol twice`);
  const fallback = json["default"];
  return { type: "enum", ...name, symbols, default: symbols.find((symbol) => symbol === fallback) };
}

function parseRecord(json: Attributes, scope: Scope): RecordNode {
  const record: RecordNode = { type: "record", ...nameOf(json, scope), fields: [], hints: json["eventql"] };
  define(record, scope);
  const { fields } = json;
  if (!isList(fields)) throw invalid(scope.path, `the record ${record.name} has no fields`);
  const inner = { ...scope, namespace: namespaceOf(record.name) };
  for (const field of fields) record.fields.push(parseField(field, record, inner));
  return record;
}

function parseField(json: unknown, record: RecordNode, scope: Scope): FieldNode {
  if (!isObject(json)) throw invalid(scope.path, `a field of ${record.name} is no object`);
  const { name } = json;
  if (typeof name !== "string" || !NAME.test(name)) throw invalid(scope.path, `a field of ${record.name} has no name`);
  // Plain objects hold the fields, and there `__proto__` is no field.
  if (name === "__proto__") throw invalid(scope.path, `${record.name} has a field that no object can have: ${name}`);
  if (record.fields.some((other) => other.name === name)) throw invalid(scope.path, `${record.name} has ${name} twice`);
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

function nameOf(json: Attributes, scope: Scope): Pick<FixedNode, "name" | "aliases" | "doc"> {
  const { name, namespace } = json;
  if (typeof name !== "string") throw invalid(scope.path, "a record, enum or fixed has no name");
  const full = qualify(name, typeof namespace === "string" ? namespace : scope.namespace);
  if (!full.split(".").every((part) => NAME.test(part))) throw invalid(scope.path, `${full} is no Avro name`);
  const aliases = stringsOf(json["aliases"]).map((alias) => qualify(alias, namespaceOf(full)));
  return { name: full, aliases, doc: textOf(json["doc"]) };
}

function define<T extends AvroNode & { readonly name: string }>(node: T, { named, path }: Scope): T {
  if (isPrimitive(node.name)) throw invalid(path, `${node.name} is the name of a primitive`);
  if (named.has(node.name)) throw invalid(path, `${node.name} is defined twice`);
  named.set(node.name, node);
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

function invalid(path: string, what: string): EventQLError {
  return new EventQLError(
    "SCHEMA_INVALID",
    `The schema is not valid Avro${path === "" ? "" : ` at ${path}`}: ${what}.`,
  );
}
