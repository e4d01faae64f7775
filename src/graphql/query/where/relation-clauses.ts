import { EventQLError } from "../../../errors.ts";
import { joinOf } from "./join.ts";
import {
  type Clause,
  type Compile,
  type Place,
  type Related,
  allOf,
  count,
  deeper,
  fieldsOf,
  inField,
} from "./place.ts";
import type { RelationField } from "./where-field.ts";

/**
 * What related documents must be: a join brings in one that decides it, and the condition is whether it has. Only
 * documents count that the caller may see.
 * @throws EventQLError `BAD_USER_INPUT` where relations can't be followed, `LIMIT_EXCEEDED`.
 */
export function relationClauses(
  field: RelationField,
  given: unknown,
  place: Place,
  compile: Compile,
): readonly Clause[] {
  const { joins } = place;
  if (joins === undefined)
    throw new EventQLError(
      "BAD_USER_INPUT",
      `${place.input} asks for related documents, which can't be looked at here: filter by the columns of the document itself.`,
    );
  if (given === null) throw nullRelation(field, place);
  const found = (where: unknown, inner: Place, { failing = false, wanted = true } = {}): Clause => {
    const join = joinOf(field, place, joins.made.length, relatedOf(field, where, inner, failing, compile));
    joins.made.push(join);
    return { filter: { [`${join.as}.0`]: { $exists: wanted } }, joined: true };
  };
  if (field.relation === "one") return [found(given, place)];
  return Object.entries(fieldsOf(given, place)).map(([operator, where]) =>
    found(where, inField(place, operator), { failing: operator === "every", wanted: operator === "some" }),
  );
}

/** A relation is no column: `isNull` isn't asked of it. */
function nullRelation({ name, relation }: RelationField, { input }: Place): EventQLError {
  const without = relation === "one" ? `NOT: { ${name}: {} }` : `${name}: { none: {} }`;
  return new EventQLError(
    "BAD_USER_INPUT",
    `${input} is null, which filters nothing: leave it out, or ask for those that have none, by \`${without}\`.`,
  );
}

/** The target's documents that match, or those that don't. */
function relatedOf(
  { path, relation, target }: RelationField,
  where: unknown,
  place: Place,
  failing: boolean,
  compile: Compile,
): Related {
  countJoin(place);
  const scopeOf = place.joins?.scopeOf ?? (() => undefined);
  const joins = { made: [], scopeOf };
  const clauses = compile(target.model(), where, { ...deeper(place), prefix: "", self: undefined, joins });
  return {
    collection: target.collection,
    path: relation === "many" ? path : "_id",
    asked: { clauses: failing ? [negated(allOf(clauses))] : clauses, joins: joins.made },
    scope: scopeOf(target.aggregate),
  };
}

function negated({ filter, joined }: Clause): Clause {
  return { filter: { $nor: [filter] }, joined };
}

function countJoin(place: Place): void {
  count(place);
  place.counted.joins += 1;
  const { maxJoins } = place.limits;
  if (place.counted.joins > maxJoins)
    throw new EventQLError(
      "LIMIT_EXCEEDED",
      `where follows more than ${maxJoins} relations: ask for less at once, or in several requests.`,
    );
}
