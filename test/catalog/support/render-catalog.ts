import type {
  Aggregate,
  Catalog,
  CommandType,
  EventField,
  EventType,
  TypeRef,
  ValueType,
} from "../../../src/catalog/types.ts";

/** A catalog as small JSON that a person can read. */
export function renderCatalog({ aggregates, commands, skipped, generation }: Catalog): unknown {
  const named = new Map<string, unknown>();
  return {
    aggregates: aggregates.map((aggregate) => renderAggregate(aggregate, named)),
    ...(commands.length === 0
      ? {}
      : { commands: Object.fromEntries(commands.map((command) => [command.name, renderCommand(command, named)])) }),
    types: Object.fromEntries([...named].sort(([a], [b]) => (a < b ? -1 : 1))),
    skipped: skipped.map(({ subject, reason }) => `${subject}: ${reason}`),
    generation,
  };
}

function renderAggregate(aggregate: Aggregate, named: Map<string, unknown>): unknown {
  const { name, singular, plural, collection, topic } = aggregate;
  return {
    name: `${name} (${singular}, ${plural}; collection ${collection}; topic ${topic})`,
    columns: Object.fromEntries(
      aggregate.columns.map((column) => {
        const notes = [
          column.graphqlName === column.name ? "" : ` as ${column.graphqlName}`,
          column.references === undefined ? "" : ` -> ${column.references}`,
          column.hidden ? " hidden" : "",
          column.doc === undefined ? "" : ` -- ${column.doc}`,
        ];
        return [column.name, `${renderRef(column.type, named)}${notes.join("")}`];
      }),
    ),
    events: Object.fromEntries(aggregate.eventTypes.map((type) => [type.name, renderEvent(type, named)])),
  };
}

function renderEvent(type: EventType, named: Map<string, unknown>): unknown {
  return {
    from: `${type.fullName} of ${type.subject}, version ${type.version}, id ${type.schemaId}`,
    does: `${type.effect} by ${type.mutation}`,
    fields: Object.fromEntries(type.fields.map((field) => [field.field.name, renderField(field, named)])),
  };
}

function renderCommand(type: CommandType, named: Map<string, unknown>): unknown {
  return {
    from: `${type.fullName} of ${type.subject}, version ${type.version}, id ${type.schemaId}`,
    topic: type.topic,
    fields: Object.fromEntries(type.record.fields.map((field) => [field.name, renderRef(field.type, named)])),
  };
}

function renderField({ field, column, effect, hidden }: EventField, named: Map<string, unknown>): string {
  const target = column === undefined ? "nowhere" : `${effect} ${column}`;
  const fallback = field.default === undefined ? "" : ` = ${renderValue(field.default)}`;
  const aliases = field.aliases.length === 0 ? "" : ` (once ${field.aliases.join(", ")})`;
  return `${renderRef(field.type, named)}${fallback}${aliases} -> ${target}${hidden ? " hidden" : ""}`;
}

function renderRef({ type, nullable }: TypeRef, named: Map<string, unknown>): string {
  return `${renderType(type, named)}${nullable ? "?" : ""}`;
}

function renderType(type: ValueType, named: Map<string, unknown>): string {
  switch (type.kind) {
    case "array":
      return `[${renderRef(type.items, named)}]`;
    case "map":
      return `map of ${renderRef(type.values, named)}`;
    case "decimal":
      return `decimal(${type.precision}, ${type.scale})`;
    case "fixed":
      return `fixed(${type.size})`;
    case "enum":
      named.set(type.graphqlName, `${type.fullName}: ${type.symbols.join(" | ")}`);
      return type.graphqlName;
    case "record":
    case "union":
      return renderComposite(type, named);
    default:
      return type.kind;
  }
}

function renderComposite(type: Extract<ValueType, { kind: "record" | "union" }>, named: Map<string, unknown>): string {
  const { graphqlName } = type;
  if (named.has(graphqlName)) return graphqlName;
  named.set(graphqlName, null);
  const parts =
    type.kind === "record"
      ? type.fields.map((field) => [field.graphqlName, renderRef(field.type, named)])
      : type.branches.map((branch) => [branch.tag, renderType(branch.type, named)]);
  named.set(graphqlName, { [type.kind === "record" ? type.fullName : "union"]: Object.fromEntries(parts) });
  return graphqlName;
}

function renderValue(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => (typeof each === "bigint" ? each.toString() : each)) ?? "";
}
