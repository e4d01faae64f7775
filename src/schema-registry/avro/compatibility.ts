import { type EnumNode, describeNode, type FieldNode, type RecordNode, type SchemaNode } from "./schema-node.ts";
import { logicalChange, promotes } from "./promotion.ts";

/** Why readers of a new schema can't read what was written with an old one. */
export interface Incompatibility {
  /** Fields from the root, joined by dots, `[]` for an array's items, `{}` for a map's values; empty for the root. */
  readonly path: string;
  /** What is wrong, why, and the remedy. */
  readonly text: string;
}

type Steps = readonly Incompatibility[];

/** Pairs of named types: those known to be incompatible, and those taken for compatible until shown otherwise. */
interface Pairs {
  readonly failed: Map<string, Steps>;
  readonly assumed: Set<string>;
}

/**
 * What keeps `reader` from reading data written with `writer`, by the rules of schema resolution of Avro 1.12
 * (https://avro.apache.org/docs/1.12.0/specification/#schema-resolution), one entry for each place; empty where it can.
 * Names match as `avsc` matches them: in full, or by an alias. Beyond Avro's rules, a changed meaning of the same bytes
 * (a decimal's scale, a timestamp's unit) is incompatible too.
 */
export function incompatibilities(reader: SchemaNode, writer: SchemaNode): readonly Incompatibility[] {
  const failed = new Map<string, Steps>();
  // A pair inside itself is taken for compatible: true unless the pair fails elsewhere, so look again after each new failure.
  for (;;) {
    const known = failed.size;
    const found = compare(reader, writer, { failed, assumed: new Set() });
    if (failed.size === known) return found;
  }
}

function compare(reader: SchemaNode, writer: SchemaNode, pairs: Pairs): Steps {
  if (writer.kind === "union") return compareBranches(reader, writer.branches, pairs);
  if (reader.kind === "union") return compareWithUnion(reader.branches, writer, pairs);
  if (reader.kind === "record" && writer.kind === "record") return compareOnce(reader, writer, pairs);
  if (reader.kind === "array" && writer.kind === "array") return at("[]", compare(reader.items, writer.items, pairs));
  if (reader.kind === "map" && writer.kind === "map") return at("{}", compare(reader.values, writer.values, pairs));
  if (reader.kind === "enum" && writer.kind === "enum") return compareEnums(reader, writer);
  if (reader.kind === "fixed" && writer.kind === "fixed" && reader.size !== writer.size)
    return one(`fixed ${reader.name} went from ${writer.size} to ${reader.size} bytes: add a new field instead`);
  if (reader.kind === "fixed" && writer.kind === "fixed")
    return [...compareNames(reader, writer), ...logicalChange(reader.logical, writer.logical).flatMap(one)];
  if (reader.kind === "primitive" && writer.kind === "primitive" && promotes(writer.type, reader.type))
    return logicalChange(reader.logical, writer.logical).flatMap(one);
  return one(`${describeNode(writer)} can't be read as ${describeNode(reader)}: keep the type, or add a new field`);
}

/** Each type that the writer may have written must be readable. */
function compareBranches(reader: SchemaNode, branches: readonly SchemaNode[], pairs: Pairs): Steps {
  return branches.flatMap((branch) => {
    const found = compare(reader, branch, pairs);
    if (reader.kind === "union" || found.some(({ path }) => path !== "")) return found;
    return found.map(({ path, text }) => ({ path, text: `old events may hold ${describeNode(branch)}: ${text}` }));
  });
}

/** One branch that can read the type is enough. */
function compareWithUnion(branches: readonly SchemaNode[], writer: SchemaNode, pairs: Pairs): Steps {
  const tried = branches.map((branch) => ({ branch, found: compare(branch, writer, pairs) }));
  if (tried.some(({ found }) => found.length === 0)) return [];
  const meant = tried.find(({ branch }) => "name" in branch && "name" in writer && branch.name === writer.name);
  const sameKind = tried.find(
    ({ branch }) =>
      !("name" in branch) && branch.kind === writer.kind && "kind" in branch && branch.kind !== "primitive",
  );
  const closest = meant ?? sameKind;
  if (closest !== undefined) return closest.found;
  const union = describeNode({ kind: "union", branches });
  return one(`old events hold ${describeNode(writer)}, which the ${union} has not: add that branch to the union`);
}

function compareOnce(reader: RecordNode, writer: RecordNode, pairs: Pairs): Steps {
  const pair = `${reader.name}\n${writer.name}`;
  const before = pairs.failed.get(pair);
  if (before !== undefined) return before;
  if (pairs.assumed.has(pair)) return [];
  pairs.assumed.add(pair);
  const found = compareRecords(reader, writer, pairs);
  if (found.length > 0) pairs.failed.set(pair, found);
  return found;
}

function compareRecords(reader: RecordNode, writer: RecordNode, pairs: Pairs): Steps {
  const renamed = compareNames(reader, writer);
  if (renamed.length > 0) return renamed;
  return reader.fields.flatMap((field) => compareField(field, writer, pairs));
}

function compareField(field: FieldNode, writer: RecordNode, pairs: Pairs): Steps {
  const names = new Set([field.name, ...field.aliases]);
  const sources = writer.fields.filter(({ name }) => names.has(name));
  const [source] = sources;
  if (sources.length > 1)
    return at(
      field.name,
      one(
        `old events have ${sources.map(({ name }) => `\`${name}\``).join(" and ")}, which are all called so now: remove an alias`,
      ),
    );
  if (source !== undefined) return at(field.name, compare(field.type, source.type, pairs));
  if (field.hasDefault) return [];
  return at(
    field.name,
    one(
      `${describeNode(field.type)}, was added with no default: readers of old events would have no value. ` +
        "Give it a default (or, if it was renamed, its old name as an alias)",
    ),
  );
}

function compareEnums(reader: EnumNode, writer: EnumNode): Steps {
  const renamed = compareNames(reader, writer);
  if (renamed.length > 0) return renamed;
  const gone = writer.symbols.filter((symbol) => !reader.symbols.includes(symbol));
  if (gone.length === 0 || reader.default !== undefined) return [];
  return one(
    `enum ${reader.name} lost ${gone.join(", ")}, which old events may hold: keep the symbol, or give the enum a default`,
  );
}

function compareNames(
  reader: { readonly kind: string; readonly name: string; readonly aliases: readonly string[] },
  writer: { readonly name: string },
): Steps {
  if (reader.name === writer.name || reader.aliases.includes(writer.name)) return [];
  return one(
    `${reader.kind} ${writer.name} was renamed to ${reader.name} with no alias: give ${reader.name} the alias "${writer.name}"`,
  );
}

function one(text: string): Steps {
  return [{ path: "", text }];
}

function at(step: string, found: Steps): Steps {
  return found.map(({ path, text }) => ({
    path: path === "" || path.startsWith("[") || path.startsWith("{") ? `${step}${path}` : `${step}.${path}`,
    text,
  }));
}
