import type { ValueType } from "../../../catalog/types.ts";
import { EventQLError } from "../../../errors.ts";
import { DECIMAL_DIGITS, Decimal, scaleOf } from "../../../model/decimal.ts";
import type { Filter } from "../../../read-model/read-model.ts";
import type { AggregateParts } from "../../parts.ts";
import { fitDecimal } from "../../types/decimal.ts";
import { type ScalarCodec, filterNameOf, scalarCodec } from "../../types/scalar-codec.ts";
import { compileWhere } from "../where/compile-where.ts";
import { operatorsOf } from "../where/operators.ts";
import type { WhereLimits } from "../where/place.ts";
import { LOGIC, type WhereField, type WhereModel } from "../where/where-field.ts";
import { GROUP_VALUES, type GroupMember, membersOf } from "./group-columns.ts";

/** The measures that `having` can ask of, by their places in a row: `count`, `sum.total`. */
export function havingModel({ plan, model }: Pick<AggregateParts, "plan" | "model">): WhereModel {
  const count = numberField("count", "How many documents the group has.", { kind: "int" });
  const values = GROUP_VALUES.flatMap((value) =>
    membersOf(plan, value).map((member): WhereField => {
      const place = `${value}.${member.column.name}`;
      const own = model.get(member.column.name);
      if (own?.kind === "value" && (value === "min" || value === "max"))
        return { ...own, name: place, path: place, description: undefined };
      return numberField(place, undefined, member.type);
    }),
  );
  return new Map([count, ...values].map((field) => [field.name, field]));
}

/**
 * Compiles a `having` that GraphQL has coerced into a filter of rows; the model is that of {@link havingModel}.
 * @throws EventQLError `BAD_USER_INPUT`, `LIMIT_EXCEEDED`.
 */
export function compileHaving(model: WhereModel, having: unknown, limits: WhereLimits): Filter {
  if (having === null || having === undefined) return {};
  return compileWhere(model, flattened(having, "having"), limits, "having");
}

/** The places in a row that a `having` asks of. */
export function havingPlaces(having: unknown): ReadonlySet<string> {
  const places = new Set<string>();
  const collect = (given: unknown): void => {
    if (Array.isArray(given)) for (const one of given) collect(one);
    else
      for (const [name, inner] of Object.entries(fieldsOf(given)))
        if (isLogic(name)) collect(inner);
        else if (name === "count") places.add(name);
        else for (const column of Object.keys(fieldsOf(inner))) places.add(`${name}.${column}`);
  };
  collect(having);
  return places;
}

/** Puts what is asked of a column under its place, and leaves the logic as it is. */
function flattened(having: unknown, input: string): unknown {
  if (Array.isArray(having)) return having.map((one, index) => flattened(one, `${input}[${index}]`));
  if (having === null) return null;
  return Object.fromEntries(
    Object.entries(fieldsOf(having)).flatMap(([name, given]): readonly (readonly [string, unknown])[] => {
      const inner = `${input}.${name}`;
      if (isLogic(name)) return [[name, flattened(given, inner)]];
      if (given === null)
        throw new EventQLError("BAD_USER_INPUT", `${inner} is null, which filters nothing: leave it out.`);
      if (name === "count") return [[name, given]];
      return Object.entries(fieldsOf(given)).map(([column, filter]) => [`${name}.${column}`, filter] as const);
    }),
  );
}

function numberField(name: string, description: string | undefined, type: GroupMember["type"]): WhereField {
  const codec = codecOf(type);
  return {
    name,
    path: name,
    description,
    deprecated: undefined,
    kind: "value",
    filterName: filterNameOf(codec),
    comparand: { kind: "scalar", codec },
    operators: operatorsOf[codec.comparability],
  };
}

/** A sum and an average have more digits than the column's values: any decimal can be compared with. */
function codecOf(type: ValueType): ScalarCodec {
  if (type.kind !== "decimal") return scalarCodec(type.kind === "int" || type.kind === "long" ? type : DOUBLE);
  return {
    ...scalarCodec(type),
    toStored: (parsed, reject) => {
      const text = typeof parsed === "string" ? fitDecimal(parsed, DECIMAL_DIGITS, scaleOf(parsed)) : undefined;
      return text === undefined ? reject(`has more than ${DECIMAL_DIGITS} digits`) : new Decimal(text);
    },
  };
}

const DOUBLE = { kind: "double" } as const;

function isLogic(name: string): boolean {
  return LOGIC.some((logic) => logic === name);
}

function fieldsOf(given: unknown): object {
  return typeof given === "object" && given !== null ? given : {};
}
