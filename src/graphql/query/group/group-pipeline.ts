import type { ValueType } from "../../../catalog/types.ts";
import type { Filter, Sort } from "../../../read-model/read-model.ts";
import type { Page } from "../page.ts";
import { type CalculatedColumn, type Calculation, type Measure, calculations, documentCount } from "./calculations.ts";
import type { TimeUnit } from "./time-unit.ts";
import { truncation } from "./truncate.ts";

/** A column that documents are grouped by. */
export interface GroupKey extends CalculatedColumn {
  readonly type: ValueType;
  /** What its times are cut to; undefined: nothing. */
  readonly unit: TimeUnit | undefined;
}

/** Something to calculate of each group: its place in a row is `count`, or the measure and the column's name. */
export interface GroupMeasure {
  readonly measure: Measure;
  /** Undefined for `count`. */
  readonly column: CalculatedColumn | undefined;
}

/** A request for groups: everything that its pipeline is made of. */
export interface GroupRequest {
  /** None: all documents are one group, which is there without documents too. */
  readonly keys: readonly GroupKey[];
  readonly timeZone: string;
  readonly measures: readonly GroupMeasure[];
  /** A filter of rows. */
  readonly having: Filter;
  /** The order of rows. */
  readonly sort: Sort;
  readonly page: Page;
}

/**
 * Compiles a request into the stages that make of documents one row a group: `key` with the values it is of, and each
 * measure at its place.
 */
export function groupPipeline(request: GroupRequest): readonly Filter[] {
  const { keys, having, sort, page } = request;
  const calculated = calculate(request.measures);
  const accumulators = Object.assign({}, ...calculated.map(({ accumulators }) => accumulators));
  const key = keys.length === 0 ? {} : { key: "$_id" };
  return [
    { $group: { _id: keyOf(request), ...accumulators } },
    { $project: { _id: 0, ...key, ...nested(calculated, ({ result }) => result) } },
    ...(keys.length === 0 ? oneRow(nested(calculated, ({ empty }) => empty)) : []),
    ...(Object.keys(having).length === 0 ? [] : [{ $match: having }]),
    ...(Object.keys(sort).length === 0 ? [] : [{ $sort: sort }]),
    ...(page.skip === 0 ? [] : [{ $skip: page.skip }]),
    { $limit: page.limit },
  ];
}

/** Null and absent values are one group. */
function keyOf({ keys, timeZone }: GroupRequest): unknown {
  if (keys.length === 0) return null;
  return Object.fromEntries(
    keys.map(({ name, path, type, unit }) => [
      name,
      unit === undefined ? { $ifNull: [path, null] } : truncation(path, type, unit, timeZone),
    ]),
  );
}

/** Puts a row where there is none: `$group` makes none of no documents. */
function oneRow(empty: Filter): readonly Filter[] {
  return [
    { $facet: { rows: [{ $limit: 1 }] } },
    { $replaceRoot: { newRoot: { $ifNull: [{ $first: "$rows" }, empty] } } },
  ];
}

interface Calculated extends Calculation {
  readonly of: GroupMeasure;
}

function calculate(measures: readonly GroupMeasure[]): readonly Calculated[] {
  return measures.map((of) => ({
    of,
    ...(of.column === undefined || of.measure === "count" ? documentCount : calculations[of.measure](of.column)),
  }));
}

function nested(calculated: readonly Calculated[], part: (calculation: Calculation) => unknown): Filter {
  const row: Record<string, unknown> = {};
  for (const { of, ...calculation } of calculated)
    if (of.column === undefined) row[of.measure] = part(calculation);
    else row[of.measure] = { ...fieldsOf(row[of.measure]), [of.column.name]: part(calculation) };
  return row;
}

function fieldsOf(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}
