import { EventQLError } from "../../../errors.ts";
import type { AggregateParts } from "../../parts.ts";
import type { AggregatePlan } from "../../plan.ts";
import { type DistinctColumn, distinctColumns } from "../column-enum.ts";
import type { WhereModel } from "../where/where-field.ts";
import { pageOf } from "../page.ts";
import { GROUP_VALUES, typeOf } from "./group-columns.ts";
import { type GroupOrderBy, compileGroupOrder, orderPlaces } from "./group-order.ts";
import type { GroupKey, GroupMeasure, GroupRequest } from "./group-pipeline.ts";
import { compileHaving, havingPlaces } from "./having.ts";
import type { SelectedGroup } from "./selected-measures.ts";
import type { TimeUnit } from "./time-unit.ts";
import { timeZoneOf } from "./time-zone.ts";

/** What the query of groups is given; columns are their stored paths in `groupBy`, and their names elsewhere. */
export interface GroupArguments {
  readonly where?: unknown;
  readonly groupBy?: readonly string[] | null;
  readonly truncate?: Readonly<Record<string, TimeUnit | null>> | null;
  readonly timeZone?: string | null;
  readonly having?: unknown;
  readonly orderBy?: readonly GroupOrderBy[] | null;
  readonly limit?: number | null;
  readonly offset?: number | null;
}

/**
 * Makes of what is asked and of what is selected the request that a pipeline is compiled of.
 * @throws EventQLError `BAD_USER_INPUT`, `LIMIT_EXCEEDED`.
 */
export function groupRequest(
  { plan, limits }: Pick<AggregateParts, "plan" | "limits">,
  havingModel: WhereModel,
  args: GroupArguments,
  selected: SelectedGroup,
): GroupRequest {
  const columns = distinctColumns(plan);
  const keys = keysOf(columns, args);
  const orderBy = args.orderBy ?? [];
  const ordered = orderPlaces(orderBy).map(([place]) => place);
  const places = new Set([...selected.places, ...havingPlaces(args.having), ...ordered]);
  const byName = new Map(columns.map((column) => [column.name, column]));
  return {
    keys,
    timeZone: timeZoneOf(args.timeZone),
    measures: [...places].flatMap((place) => measureAt(place, byName)),
    having: compileHaving(havingModel, args.having, limits),
    sort: compileGroupOrder(
      keys.map(({ name }) => name),
      orderBy,
    ),
    page: pageOf(args.limit, args.offset, limits),
  };
}

/** The names of all columns that a request shows or rests on, but for those of its `where`. */
export function requestedColumns(plan: AggregatePlan, args: GroupArguments, selected: SelectedGroup): Iterable<string> {
  const names = new Map(distinctColumns(plan).map(({ path, name }) => [path, name]));
  const places = [
    ...selected.places,
    ...havingPlaces(args.having),
    ...orderPlaces(args.orderBy ?? []).map(([at]) => at),
  ];
  return new Set([
    ...selected.keys,
    ...(args.groupBy ?? []).map((path) => names.get(path) ?? path),
    ...Object.keys(args.truncate ?? {}),
    ...places.filter((place) => place.includes(".")).map((place) => place.slice(place.indexOf(".") + 1)),
  ]);
}

function keysOf(columns: readonly DistinctColumn[], { groupBy, truncate }: GroupArguments): readonly GroupKey[] {
  const units = new Map(Object.entries(truncate ?? {}));
  const paths = new Set(groupBy ?? []);
  const keys = [...paths].flatMap((path) => {
    // One that was renamed has its older names too.
    const named = columns.filter((candidate) => candidate.path === path);
    const unit = named.map(({ name }) => units.get(name)).find((given) => given !== undefined && given !== null);
    return named.map((column) => ({ ...calculated(column), unit: unit ?? undefined }));
  });
  const grouped = new Set(keys.map(({ name }) => name));
  const needless = [...units.keys()].find((name) => !grouped.has(name));
  if (needless === undefined) return keys;
  throw new EventQLError(
    "BAD_USER_INPUT",
    `truncate names ${needless}, which isn't grouped by: add it to groupBy, or leave it out.`,
  );
}

function measureAt(place: string, columns: ReadonlyMap<string, DistinctColumn>): readonly GroupMeasure[] {
  if (place === "count") return [{ measure: "count", column: undefined }];
  const point = place.indexOf(".");
  const measure = MEASURES.find((candidate) => candidate === place.slice(0, point));
  const column = columns.get(place.slice(point + 1));
  return measure === undefined || column === undefined ? [] : [{ measure, column: calculated(column) }];
}

const MEASURES = [...GROUP_VALUES, "counts", "distinct"] as const;

function calculated(column: DistinctColumn): Pick<GroupKey, "name" | "path" | "type"> {
  return { name: column.name, path: `$${column.path}`, type: typeOf(column) };
}
