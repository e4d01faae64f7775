import { EventQLError } from "../../../errors.ts";
import type { Filter } from "../../../read-model/read-model.ts";
import type { GraphQLLimits } from "../../services.ts";
import type { WhereModel } from "./where-field.ts";

/** The limits that a `where` is held to. */
export type WhereLimits = Pick<
  GraphQLLimits,
  "maxInLength" | "maxWhereConditions" | "maxWhereDepth" | "maxPatternLength" | "maxJoins"
>;

/** Where in the input the compiler is, and where in the document. */
export interface Place {
  readonly input: string;
  /** The stored path before a field's own. */
  readonly prefix: string;
  readonly depth: number;
  readonly limits: WhereLimits;
  /** What the whole input has had so far. */
  readonly counted: { conditions: number; joins: number };
  /** Where the stages go that bring related documents in; undefined: relations can't be followed here. */
  readonly joins: Joins | undefined;
  /** The stored path of what the input is of, where it may be null; "element": of a list, which is not null. */
  readonly self: { readonly path: string } | "element" | undefined;
}

/** The joins of one pipeline. */
export interface Joins {
  readonly made: Join[];
  /** What limits the documents of an aggregate that may be seen. */
  readonly scopeOf: (aggregate: string) => Filter | undefined;
}

/** Brings in a related document, if there is one that matches. The same can be told by the keys of all that match. */
export interface Join {
  /** The field that is made: a list of one or none. */
  readonly as: string;
  /** The stages that make it. */
  readonly stages: readonly Filter[];
  /** All fields that the stages make, for as long as the filter needs them. */
  readonly fields: readonly string[];
  /** What of the document is compared with the related ones: the path of its key, or of a column that holds keys. */
  readonly path: string;
  /** How the column that holds keys does so, here or there: keys are texts. */
  readonly key: "text" | "integer";
  readonly related: Related;
}

/** The related documents that match. */
export interface Related {
  readonly collection: string;
  /** What of them is compared: the path of the key, or of a column that holds keys. */
  readonly path: string;
  readonly asked: Asked;
  /** What limits the documents that may be seen. */
  readonly scope: Filter | undefined;
}

/** Conditions that all have to hold, and the joins that some of them need. */
export interface Asked {
  readonly clauses: readonly Clause[];
  readonly joins: readonly Join[];
}

/** A condition, and whether it is of fields that joins bring in. */
export interface Clause {
  readonly filter: Filter;
  readonly joined: boolean;
}

/** Compiles an input to the conditions that all have to hold. */
export type Compile = (model: WhereModel, where: unknown, place: Place) => readonly Clause[];

/** What nothing matches. */
export const NOTHING: Filter = { _id: { $in: [] } };

/** What GraphQL makes of an input object. */
export type Fields = Readonly<Record<string, unknown>>;

/** The place of a field within an input. */
export function inField(place: Place, name: string | number): Place {
  return { ...place, input: typeof name === "number" ? `${place.input}[${name}]` : `${place.input}.${name}` };
}

/** The place of what stands a level below. @throws EventQLError `LIMIT_EXCEEDED`. */
export function deeper(place: Place): Place {
  const { maxWhereDepth } = place.limits;
  if (place.depth < maxWhereDepth) return { ...place, depth: place.depth + 1 };
  throw new EventQLError(
    "LIMIT_EXCEEDED",
    `${place.input} is nested deeper than ${maxWhereDepth} levels: write it flatter.`,
  );
}

/** Counts a condition. @throws EventQLError `LIMIT_EXCEEDED`. */
export function count({ counted, input, limits: { maxWhereConditions } }: Place): void {
  counted.conditions += 1;
  if (counted.conditions > maxWhereConditions)
    throw new EventQLError(
      "LIMIT_EXCEEDED",
      `${input.split(/[.[]/, 1)[0] ?? input} has more than ${maxWhereConditions} conditions: use lists, as in: {id: {in: […]}}, or ask in several requests.`,
    );
}

/** The fields of an input object. @throws EventQLError `BAD_USER_INPUT` where there is none. */
export function fieldsOf(given: unknown, { input }: Place): Fields {
  if (isFields(given)) return given;
  throw new EventQLError("BAD_USER_INPUT", `${input} is null, which filters nothing: leave it out, or use \`isNull\`.`);
}

/** The elements of an input list. @throws EventQLError `BAD_USER_INPUT` where there is none, `LIMIT_EXCEEDED`. */
export function listOf(given: unknown, { input, limits }: Place): readonly unknown[] {
  if (!Array.isArray(given))
    throw new EventQLError("BAD_USER_INPUT", `${input} is null: leave it out, or give a list.`);
  const items: readonly unknown[] = given;
  if (items.length <= limits.maxInLength) return items;
  throw new EventQLError(
    "LIMIT_EXCEEDED",
    `${input} has ${items.length} elements, at most ${limits.maxInLength} are allowed: ask in several requests.`,
  );
}

/** All clauses in one. */
export function allOf(clauses: readonly Clause[]): Clause {
  const telling = clauses.filter(({ filter }) => Object.keys(filter).length > 0);
  const [only, ...more] = telling.map(({ filter }) => filter);
  const joined = telling.some((clause) => clause.joined);
  if (only === undefined) return { filter: {}, joined };
  return { filter: more.length === 0 ? only : { $and: [only, ...more] }, joined };
}

function isFields(given: unknown): given is Fields {
  return typeof given === "object" && given !== null;
}
