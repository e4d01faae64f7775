import type { Filter, Sort } from "../../../read-model/read-model.ts";
import type { ColumnPlan } from "../../plan-column.ts";
import { type Matching, matchStages } from "../matching.ts";
import type { Page } from "../page.ts";
import { holdsNumbers, valuesOfKeys } from "./reference-values.ts";

/** Of which documents, and which part, in which order. */
export interface PagesRequest {
  /** The column that references. */
  readonly column: ColumnPlan;
  readonly matching: Matching;
  readonly sort: Sort;
  readonly page: Page;
  /** What to return of each document, besides its id. */
  readonly fields: readonly string[];
  /** At most so many documents come, of all pages together. */
  readonly bound: number;
}

/** Holds one key while a document counts for each key in its list; no column has such a name. */
const KEY = "related-key";

/**
 * The pipeline that reads, for each of several keys, the page of documents that reference it. A row is a document of a
 * page, `page`, with the key as `_id`; those of a key come in the order of its page.
 */
export function pagePipeline(keys: readonly string[], request: PagesRequest): readonly Filter[] {
  const { column, matching, sort, page, fields, bound } = request;
  const { name, type } = column.column;
  const isList = type.type.kind === "array";
  const top = { n: page.skip + page.limit, sortBy: sort, output: outputOf(fields) };
  const { limit, skip } = page;
  return [
    { $match: { [name]: { $in: valuesOfKeys(type, keys) } } },
    ...matchStages(matching),
    ...(isList ? eachKey(column, keys) : []),
    { $group: { _id: isList ? `$${KEY}` : keyText(column, `$${name}`), page: { $topN: top } } },
    ...(skip === 0 ? [] : [{ $set: { page: { $slice: ["$page", skip, limit] } } }]),
    { $unwind: "$page" },
    { $limit: bound },
  ];
}

/** A document for each of the keys in its list; a key that stands there twice counts once. */
function eachKey(column: ColumnPlan, keys: readonly string[]): readonly Filter[] {
  const listed = `$${column.column.name}`;
  const texts = holdsNumbers(column.column.type) ? { $map: { input: listed, in: keyText(column, "$$this") } } : listed;
  // Keys are literal: one may begin with `$`.
  return [{ $set: { [KEY]: { $setIntersection: [texts, { $literal: keys }] } } }, { $unwind: `$${KEY}` }];
}

function keyText({ column }: ColumnPlan, value: string): unknown {
  return holdsNumbers(column.type) ? { $toString: value } : value;
}

function outputOf(fields: readonly string[]): Filter {
  return Object.fromEntries(["_id", ...fields].map((field) => [field, `$${field}`]));
}
