import type { ValueType } from "../../../catalog/types.ts";
import type { GroupValue } from "../../plan-lists.ts";

/** What of a group is calculated: of all its documents, or of a column's values. */
export type Measure = "count" | GroupValue | "counts" | "distinct";

/** A calculation in the terms of a pipeline. */
export interface Calculation {
  /** The accumulators of the stage `$group`, by names of their own. */
  readonly accumulators: Readonly<Record<string, unknown>>;
  /** The result, of those. */
  readonly result: unknown;
  /** The result where there are no documents. */
  readonly empty: 0 | null;
}

/** What is calculated of. */
export interface CalculatedColumn {
  /** The name in GraphQL, which is fit for a field's name. */
  readonly name: string;
  /** The field path of an expression. */
  readonly path: string;
  readonly type: ValueType;
}

/** The number of documents. */
export const documentCount: Calculation = { accumulators: { count: { $sum: 1 } }, result: "$count", empty: 0 };

/** Makes the calculation of a column's values. As in SQL null is no value, and of no values all but counts are null. */
export const calculations: Readonly<Record<Exclude<Measure, "count">, (column: CalculatedColumn) => Calculation>> = {
  counts: (column) => ({ accumulators: valueCount(column), result: `$count_${column.name}`, empty: 0 }),
  distinct: ({ name, path }) => ({
    accumulators: { [`distinct_${name}`]: { $addToSet: { $ifNull: [path, "$$REMOVE"] } } },
    result: { $size: `$distinct_${name}` },
    empty: 0,
  }),
  sum: (column) => ({
    accumulators: { [`sum_${column.name}`]: { $sum: summand(column) }, ...valueCount(column) },
    // MongoDB's sum of nothing is 0.
    result: { $cond: [{ $eq: [`$count_${column.name}`, 0] }, null, converted(column, `$sum_${column.name}`)] },
    empty: null,
  }),
  avg: (column) => {
    const average = `$avg_${column.name}`;
    return {
      accumulators: { [`avg_${column.name}`]: { $avg: summand(column) } },
      result: column.type.kind === "long" ? { $toDouble: average } : average,
      empty: null,
    };
  },
  min: extreme("min"),
  max: extreme("max"),
};

function extreme(value: "min" | "max"): (column: CalculatedColumn) => Calculation {
  return ({ name, path }) => ({
    accumulators: { [`${value}_${name}`]: { [`$${value}`]: path } },
    result: `$${value}_${name}`,
    empty: null,
  });
}

function valueCount({ name, path }: CalculatedColumn): Calculation["accumulators"] {
  return { [`count_${name}`]: { $sum: { $cond: [{ $lte: [path, null] }, 0, 1] } } };
}

/** MongoDB adds longs up to a double where they leave 64 bits. */
function summand({ path, type }: CalculatedColumn): unknown {
  return type.kind === "long" ? { $toDecimal: path } : path;
}

/** MongoDB stores whole numbers as ints, be they of a column of ints or doubles. */
function converted({ type }: CalculatedColumn, sum: string): unknown {
  if (type.kind === "int") return { $toLong: sum };
  return type.kind === "float" || type.kind === "double" ? { $toDouble: sum } : sum;
}
