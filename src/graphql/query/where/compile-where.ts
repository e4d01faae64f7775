import { EventQLError } from "../../../errors.ts";
import type { Filter } from "../../../read-model/read-model.ts";
import { listClauses } from "./list-clauses.ts";
import { operandOf, textModeOf } from "./operand.ts";
import { type OperatorInfo, operators } from "./operators.ts";
import {
  type Clause,
  type Compile,
  type Joins,
  NOTHING,
  type Place,
  type WhereLimits,
  allOf,
  count,
  deeper,
  fieldsOf,
  inField,
  listOf,
} from "./place.ts";
import { relationClauses } from "./relation-clauses.ts";
import { valueClauses } from "./value-conditions.ts";
import { type PartsTarget, RECORD_IS_NULL, type WhereField, type WhereModel } from "./where-field.ts";

/**
 * Compiles a `where` that GraphQL has coerced into a filter of MongoDB's query language, for documents that are looked
 * at one by one. Each operator but `isNull` is false on null, and `NOT` is the complement of what stands in it.
 * @param input the argument's name, for errors
 * @throws EventQLError `BAD_USER_INPUT` for a null operand, a value that doesn't fit, or a relation; `LIMIT_EXCEEDED`.
 */
export function compileWhere(model: WhereModel, where: unknown, limits: WhereLimits, input = "where"): Filter {
  return allOf(whereClauses(model, where, limits, undefined, input)).filter;
}

/**
 * As {@link compileWhere}, with relations: the conditions that all have to hold, some of them of what `joins` brings in.
 * @throws EventQLError as {@link compileWhere}.
 */
export function whereClauses(
  model: WhereModel,
  where: unknown,
  limits: WhereLimits,
  joins: Joins | undefined,
  input = "where",
): readonly Clause[] {
  if (where === null || where === undefined) return [];
  const counted = { conditions: 0, joins: 0 };
  return compile(model, where, { input, prefix: "", depth: 1, limits, counted, joins, self: undefined });
}

const compile: Compile = (model, where, place) => {
  count(place);
  return Object.entries(fieldsOf(where, place)).flatMap(([name, given]) => {
    const inner = inField(place, name);
    const field = model.get(name);
    if (field !== undefined) return fieldClauses(field, given, inner);
    return name === RECORD_IS_NULL ? plain(presence(given, inner)) : logical(model, name, given, inner);
  });
};

function logical(model: WhereModel, name: string, given: unknown, place: Place): readonly Clause[] {
  const below = deeper(place);
  if (name === "NOT") {
    const { filter, joined } = allOf(compile(model, given, below));
    return [{ filter: { $nor: [filter] }, joined }];
  }
  const branches = listOf(given, place).map((branch, index) => compile(model, branch, inField(below, index)));
  if (name === "AND") return branches.flat();
  // MongoDB refuses an empty `$or`.
  if (branches.length === 0) return [{ filter: NOTHING, joined: false }];
  const either = branches.map(allOf);
  return [{ filter: { $or: either.map(({ filter }) => filter) }, joined: either.some(({ joined }) => joined) }];
}

function fieldClauses(field: WhereField, given: unknown, place: Place): readonly Clause[] {
  if (field.kind === "relation") return relationClauses(field, given, place, compile);
  const path = `${place.prefix}${field.path}`;
  const branch = field.tag === undefined ? [] : plain([{ [`${place.prefix}_type`]: { $eq: field.tag } }]);
  if (field.kind === "list") return [...branch, ...plain(listClauses(path, field, given, place, compile))];
  if (field.kind === "value" || field.kind === "presence")
    return [...branch, ...plain(valueFilters(path, field, given, place))];
  return [...branch, ...partsClauses(path, field, given, place)];
}

function partsClauses(path: string, target: PartsTarget, given: unknown, place: Place): readonly Clause[] {
  return compile(target.fields(), given, { ...deeper(place), prefix: `${path}.`, self: { path } });
}

function valueFilters(
  path: string,
  field: Extract<WhereField, { kind: "value" | "presence" }>,
  given: unknown,
  place: Place,
): readonly Filter[] {
  const { mode: wanted, ...rest } = fieldsOf(given, place);
  const mode = textModeOf(wanted, place);
  const comparand = field.kind === "value" ? field.comparand : undefined;
  const asked = Object.entries(rest).map(([operator, operand]) => {
    const inner = inField(place, operator);
    count(inner);
    return {
      operator,
      operand: operandOf(operand, { info: infoOf(operator), name: field.name, comparand, mode }, inner),
    };
  });
  return valueClauses(path, asked, mode);
}

function infoOf(operator: string): OperatorInfo | undefined {
  const table: Readonly<Record<string, OperatorInfo>> = operators;
  return table[operator];
}

/** Whether what the input is of is there at all. */
function presence(given: unknown, place: Place): readonly Filter[] {
  count(place);
  const { self } = place;
  const info = operators.isNull;
  const isNull = operandOf(given, { info, name: place.input, comparand: undefined, mode: "SENSITIVE" }, place) === true;
  if (self === undefined) throw new EventQLError("INTERNAL", `${place.input}: a document is never null.`);
  if (self === "element") return isNull ? [NOTHING] : [];
  return [{ [self.path]: isNull ? { $eq: null } : { $ne: null } }];
}

function plain(filters: readonly Filter[]): readonly Clause[] {
  return filters.map((filter) => ({ filter, joined: false }));
}
