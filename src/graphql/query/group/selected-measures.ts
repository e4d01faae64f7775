import { type FieldNode, type GraphQLField, type GraphQLObjectType, getArgumentValues } from "graphql";
import { EventQLError } from "../../../errors.ts";
import { type Selection, selectedNodes } from "../selected-columns.ts";
import { GROUP_VALUES } from "./group-columns.ts";

/** What is selected of groups. */
export interface SelectedGroup {
  /** The names of the columns that are shown of the key. */
  readonly keys: ReadonlySet<string>;
  /** The places of measures in a row. */
  readonly places: ReadonlySet<string>;
}

/** What the field `count` is given; `column` is the stored path. */
export interface CountArguments {
  readonly column?: string | null;
  readonly distinct?: boolean | null;
}

/**
 * What a selection of groups needs.
 * @param nameOf the name in GraphQL of the column at a path
 * @throws EventQLError `BAD_USER_INPUT` where the values of no column are to be counted once each.
 */
export function selectedGroup(
  type: GraphQLObjectType,
  selection: Selection,
  nameOf: (path: string) => string,
): SelectedGroup {
  const keys = new Set<string>();
  const places = new Set<string>();
  for (const node of selectedNodes(selection)) {
    const name = node.name.value;
    const count = name === "count" ? type.getFields()[name] : undefined;
    const inner = (): readonly string[] => selectedNames({ ...selection, fieldNodes: [node] });
    if (count !== undefined) places.add(countPlace(countArguments(count, node, selection), nameOf));
    else if (name === "key") for (const column of inner()) keys.add(column);
    else if (GROUP_VALUES.some((value) => value === name))
      for (const column of inner()) places.add(`${name}.${column}`);
  }
  return { keys, places };
}

/** Where a count stands in a row. @throws EventQLError `BAD_USER_INPUT`. */
export function countPlace({ column, distinct }: CountArguments, nameOf: (path: string) => string): string {
  if (column !== undefined && column !== null) return `${distinct === true ? "distinct" : "counts"}.${nameOf(column)}`;
  if (distinct !== true) return "count";
  throw new EventQLError(
    "BAD_USER_INPUT",
    "count(distinct: true) names no column, and no two documents are the same: name the column whose values to count.",
  );
}

function countArguments(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  { variableValues }: Selection,
): CountArguments {
  const { column, distinct } = getArgumentValues(field, node, variableValues);
  return { column: typeof column === "string" ? column : null, distinct: distinct === true };
}

function selectedNames(selection: Selection): readonly string[] {
  return selectedNodes(selection)
    .map(({ name }) => name.value)
    .filter((name) => name !== "__typename");
}
