import pluralize from "pluralize";
import { capitalized, type Names } from "./names.ts";
import type { ColumnPlan } from "./plan-column.ts";

/** A field that leads from a document to others, along a column with the hint `references`. */
export interface RelationPlan {
  /** The field's name, on documents and in `where`. */
  readonly name: string;
  /**
   * `one`: the document's own column holds the id of the target. `list`: it holds a list of ids. `many`: the target's
   * column holds the id of the document, or a list with it.
   */
  readonly kind: "one" | "list" | "many";
  /** The column that references: the document's own, or for `many` the target's. */
  readonly column: ColumnPlan;
  /** The name of the aggregate that it leads to. */
  readonly target: string;
  /** Why not to use it any more, or undefined: its column has another name now. */
  readonly deprecated: string | undefined;
}

/** What the relations of an aggregate are made of. */
export interface Related {
  readonly name: string;
  readonly singular: string;
  readonly plural: string;
  /** Those that are shown. */
  readonly columns: readonly ColumnPlan[];
  /** The names beside which its relations stand. */
  readonly names: Names;
}

/** Names the relations of all aggregates, both ways, by the aggregate that they lead from. Columns keep their names. */
export function planRelations(aggregates: readonly Related[]): ReadonlyMap<string, readonly RelationPlan[]> {
  const byName = new Map(aggregates.map((aggregate) => [aggregate.name, aggregate]));
  const relations = new Map<string, RelationPlan[]>(aggregates.map(({ name }) => [name, []]));
  for (const owner of aggregates) {
    const own = relations.get(owner.name) ?? [];
    for (const { column, target } of referencesOf(owner, byName))
      own.push(...(isOlder(column) ? olderForward(owner, column, target, own) : [forward(owner, column, target)]));
  }
  for (const owner of aggregates)
    for (const { column, target } of referencesOf(owner, byName)) {
      const others = relations.get(target.name) ?? [];
      others.push(
        ...(isOlder(column) ? olderBackward(owner, column, target, others) : [backward(owner, column, target)]),
      );
    }
  return relations;
}

interface Reference {
  readonly column: ColumnPlan;
  readonly target: Related;
}

function referencesOf({ columns }: Related, byName: ReadonlyMap<string, Related>): readonly Reference[] {
  return columns.flatMap((column) => {
    const target = byName.get(column.column.references ?? "");
    return target === undefined ? [] : [{ column, target }];
  });
}

function forward({ names }: Related, column: ColumnPlan, target: Related): RelationPlan {
  const isList = hasList(column);
  const called = isList ? target.plural : target.singular;
  // A column that is called as its target keeps the name.
  const beside = column.name === called ? `${column.name}Document${isList ? "s" : ""}` : `${column.name}${target.name}`;
  const name = names.of(keyOf(column)).take(nameWithoutId(column) ?? called, beside);
  return { name, kind: isList ? "list" : "one", column, target: target.name, deprecated: undefined };
}

/** As the relation was called by the column's older name; none where that is no other name, or one of something else. */
function olderForward(
  { names }: Related,
  column: ColumnPlan,
  target: Related,
  known: readonly RelationPlan[],
): readonly RelationPlan[] {
  const name = nameWithoutId(column);
  const now = known.find((relation) => relation.kind !== "many" && relation.column.column.name === column.column.name);
  const own = names.of(keyOf(column));
  if (name === undefined || now === undefined || !own.isFree(name)) return [];
  return [{ ...now, name: own.take(name), column, target: target.name, deprecated: `Renamed to ${now.name}.` }];
}

/** How the names of columns end that hold ids: `account_id`, `accountId`, `teamIDs`; not `paid` or `valid`. */
const ID = /_+(?:id|Id|ID)$|(?:Id|ID)$/;
const IDS = /_+(?:id|Id|ID)[sS]?$|(?:Id|ID)[sS]?$/;

/** `account_id` → `account`; undefined: it has no such ending. */
function nameWithoutId(column: ColumnPlan): string | undefined {
  const isList = hasList(column);
  const stem = column.name.replace(isList ? IDS : ID, "");
  return stem === "" || stem === column.name ? undefined : isList ? pluralize(stem) : stem;
}

function hasList({ column }: ColumnPlan): boolean {
  return column.type.type.kind === "array";
}

function isOlder({ column }: ColumnPlan): boolean {
  return column.deprecated !== undefined;
}

function backward(owner: Related, column: ColumnPlan, { names }: Related): RelationPlan {
  const name = names.of(keyOf(column, owner.name)).take(owner.plural, nameByColumn(owner, column));
  return { name, kind: "many", column, target: owner.name, deprecated: undefined };
}

/** As {@link olderForward}: only where the column's name is in the relation's. */
function olderBackward(
  owner: Related,
  column: ColumnPlan,
  { names }: Related,
  known: readonly RelationPlan[],
): readonly RelationPlan[] {
  const own = names.of(keyOf(column, owner.name));
  const name = nameByColumn(owner, column);
  const now = known.find(
    ({ kind, target, column: of }) => kind === "many" && target === owner.name && of.column.name === column.column.name,
  );
  if (now?.name !== nameByColumn(owner, now?.column ?? column) || !own.isFree(name)) return [];
  return [{ ...now, name: own.take(name), column, deprecated: `Renamed to ${now.name}.` }];
}

/** What a relation is known by in a lock: its column as documents have it, with the aggregate if that is another one. */
export function relationKey({ kind, target, column }: RelationPlan): string {
  return keyOf(column, kind === "many" ? target : undefined);
}

function keyOf(column: ColumnPlan, owner?: string): string {
  const prefix = owner === undefined ? "" : `${owner}.`;
  return isOlder(column) ? `older ${prefix}${column.name}` : `${prefix}${column.column.name}`;
}

/** `usersByAccount_id`: where the plural alone doesn't tell. */
function nameByColumn({ plural }: Related, column: ColumnPlan): string {
  return `${plural}By${capitalized(column.name)}`;
}
