import type { Aggregate, Catalog, TypeRef, ValueType } from "../../catalog/types.ts";
import { type Columns, type Whereabouts, hiddenText, isHidden } from "../../feed/change-feed.ts";

const known = new WeakMap<Aggregate, Columns>();
const shown = new WeakMap<Aggregate, Columns>();

/** Where the documents of a catalog's aggregates are, and what they hold, by aggregate. */
export function whereaboutsOf({ aggregates }: Pick<Catalog, "aggregates">): ReadonlyMap<string, Whereabouts> {
  return new Map(
    aggregates.map((aggregate) => [
      aggregate.name,
      { collection: aggregate.collection, columns: allColumns(aggregate) },
    ]),
  );
}

/** The columns that an aggregate's subscribers may count on. */
export function shownColumns(aggregate: Aggregate): Columns {
  const columns = shown.get(aggregate) ?? new Map([...allColumns(aggregate)].filter(([, text]) => !isHidden(text)));
  shown.set(aggregate, columns);
  return columns;
}

/** As {@link shownColumns}, and hidden ones, which what limits a subscriber may rest on. */
export function allColumns(aggregate: Aggregate): Columns {
  const columns =
    known.get(aggregate) ??
    new Map(
      aggregate.columns.map(({ name, type, hidden }) => {
        const text = typeText(type, new Set());
        return [name, hidden ? hiddenText(text) : text];
      }),
    );
  known.set(aggregate, columns);
  return columns;
}

/** Equal for types that are shown alike. A record within itself is told by its name. */
function typeText({ type, nullable }: TypeRef, within: ReadonlySet<ValueType>): string {
  return `${valueText(type, within)}${nullable ? "" : "!"}`;
}

function valueText(type: ValueType, within: ReadonlySet<ValueType>): string {
  const inner = new Set(within).add(type);
  switch (type.kind) {
    case "array":
      return `[${typeText(type.items, inner)}]`;
    case "map":
      return `{${typeText(type.values, inner)}}`;
    case "decimal":
      return `decimal(${type.precision},${type.scale})`;
    case "enum":
    case "fixed":
      return `${type.kind} ${type.fullName}`;
    case "union":
      return `(${type.branches.map((branch) => `${branch.tag} ${valueText(branch.type, inner)}`).join("|")})`;
    case "record": {
      if (within.has(type)) return type.fullName;
      const fields = type.fields.map((field) => `${field.name} ${typeText(field.type, inner)}`);
      return `${type.fullName}{${fields.join(",")}}`;
    }
    default:
      return type.kind;
  }
}
