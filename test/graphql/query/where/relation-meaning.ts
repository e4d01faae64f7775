import fc from "fast-check";
import { expect } from "vitest";
import type { Aggregate, Catalog } from "../../../../src/catalog/types.ts";
import { planSchema } from "../../../../src/graphql/plan.ts";
import type { RelationPlan } from "../../../../src/graphql/plan-relations.ts";
import type { Value } from "../../../../src/model/value.ts";
import type { Authorize } from "../../../../src/security/authorize.ts";
import { type Harness, dataOf } from "../../harness.ts";
import { aggregate, catalogOf, column, list, nullable } from "../../sketch.ts";
import { type Fields, few, fieldsOf, logicHolds } from "./shapes.ts";

const PERSON: Aggregate = aggregate("Person", {
  plural: "people",
  collection: "people",
  columns: [
    column("name", nullable("string")),
    column("home_id", nullable("string"), { references: "House" }),
    column("visited_ids", nullable(list("string")), { references: "House" }),
    column("built_id", nullable("long"), { references: "House" }),
    column("owned_ids", nullable(list("int")), { references: "House" }),
    column("parent_id", nullable("uuid"), { references: "Person" }),
  ],
});
const HOUSE: Aggregate = aggregate("House", {
  columns: [column("size", nullable("int")), column("keeper_id", nullable("string"), { references: "Person" })],
});

/** Aggregates that are related in every way that there is. */
export const peopleCatalog: Catalog = catalogOf(HOUSE, PERSON);

const RELATIONS = new Map(
  planSchema(peopleCatalog).aggregates.map(({ aggregate: { name }, relations }) => [name, relations]),
);

/** Ids that are integers, that only look like some, and that don't fit a double or a long. */
const IDS = [
  "1",
  "2",
  "3",
  "02",
  " 3",
  "-1",
  "9007199254740993",
  "9223372036854775807",
  "9223372036854775808",
  "x",
  "null",
];
const PEOPLE_IDS = IDS.map((id) => `p${id}`);
const ref = (ids: readonly string[]) => fc.option(fc.constantFrom(...ids, "nobody"));
const long = fc.constantFrom(1n, 2n, -1n, 2n ** 53n + 1n, 2n ** 63n - 1n, 77n);
const name = fc.constantFrom("a", "A", "b");
const size = fc.constantFrom(0, 1, 2);

const some = <T>(value: fc.Arbitrary<T>) => fc.option(fc.array(value, { maxLength: 3 }));

const anyPerson = fc.record(
  {
    name: fc.option(name),
    home_id: ref(IDS),
    visited_ids: some(fc.constantFrom(...IDS)),
    built_id: fc.option(long),
    owned_ids: some(fc.constantFrom(1, 2, -1, 77)),
    parent_id: ref(PEOPLE_IDS),
  },
  { requiredKeys: [] },
);
const anyHouse = fc.record({ size: fc.option(size), keeper_id: ref(PEOPLE_IDS) }, { requiredKeys: [] });

type Stored = Readonly<Record<string, Value>> & { readonly _id: string };
type World = ReadonlyMap<string, readonly Stored[]>;

function documents(ids: readonly string[], columns: fc.Arbitrary<object>): fc.Arbitrary<readonly Stored[]> {
  return fc.tuple(...ids.map((_id) => columns.map((given) => ({ ...stored(given), _id }))));
}

function stored(given: object): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

const anyWorld: fc.Arbitrary<World> = fc.tuple(documents(PEOPLE_IDS, anyPerson), documents(IDS, anyHouse)).map(
  ([people, houses]) =>
    new Map([
      ["Person", people],
      ["House", houses],
    ]),
);

const OWN: Readonly<Record<string, readonly fc.Arbitrary<Fields>[]>> = {
  Person: [
    fc.record({ name: fc.record({ eq: name }) }),
    fc.record({ name: fc.record({ isNull: fc.boolean() }) }),
    fc.record({ id: fc.record({ in: fc.subarray(PEOPLE_IDS) }) }),
  ],
  House: [
    fc.record({ size: fc.record({ gt: size }) }),
    fc.record({ size: fc.record({ isNull: fc.boolean() }) }),
    fc.record({ id: fc.record({ in: fc.subarray(IDS) }) }),
  ],
};

/** A random `where` of an aggregate, its relations a few levels deep. */
function whereOf(of: string, depth: number): fc.Arbitrary<Fields> {
  const own = OWN[of] ?? [];
  if (depth === 0) return few(own);
  const related = (RELATIONS.get(of) ?? []).map(({ name: field, kind, target }) => {
    const inner = whereOf(target, depth - 1);
    const operator = fc.constantFrom("some", "every", "none").chain((one) => fc.record({ [one]: inner }));
    return fc.record({ [field]: kind === "one" ? inner : operator });
  });
  const below = whereOf(of, depth - 1);
  const logic = [
    fc.record({ AND: fc.array(below, { maxLength: 2 }) }),
    fc.record({ OR: fc.array(below, { maxLength: 2 }) }),
    fc.record({ NOT: below }),
  ];
  return few([...own, ...related, ...logic]);
}

/** What a caller may see. */
interface Scopes {
  readonly minSize: number | undefined;
}

function isVisible(of: string, document: Fields, { minSize }: Scopes): boolean {
  const { size: own } = document;
  return of !== "House" || minSize === undefined || (typeof own === "number" && own >= minSize);
}

function relatedTo(
  document: Fields,
  { kind, column: { column: by }, target }: RelationPlan,
  world: World,
): readonly Stored[] {
  const idsIn = (value: unknown) => (value === null || value === undefined ? [] : [value].flat().map(String));
  const targets = world.get(target) ?? [];
  if (kind === "many") return targets.filter((one) => idsIn(one[by.name]).includes(String(document["_id"])));
  const wanted = idsIn(document[by.name]);
  return targets.filter(({ _id }) => wanted.includes(_id));
}

/** The meaning of a `where`, spelled out. */
function matches(asked: unknown, of: string, document: Fields, world: World, scopes: Scopes): boolean {
  return logicHolds(fieldsOf(asked), (field, given) => {
    const relation = RELATIONS.get(of)?.find((one) => one.name === field);
    if (relation === undefined) return ownHolds(fieldsOf(given), document[field === "id" ? "_id" : field] ?? null);
    const related = relatedTo(document, relation, world).filter((one) => isVisible(relation.target, one, scopes));
    const holds = (where: unknown) => (one: Fields) => matches(where, relation.target, one, world, scopes);
    if (relation.kind === "one") return related.some(holds(given));
    return Object.entries(fieldsOf(given)).every(([operator, where]) => {
      if (operator === "some") return related.some(holds(where));
      return operator === "every" ? related.every(holds(where)) : !related.some(holds(where));
    });
  });
}

function ownHolds(asked: Fields, value: unknown): boolean {
  return Object.entries(asked).every(([operator, operand]) => {
    if (operator === "isNull") return (value === null) === operand;
    if (operator === "eq") return value === operand;
    if (operator === "in") return Array.isArray(operand) && operand.includes(value);
    return typeof value === "number" && value > Number(operand);
  });
}

function joinsOf(asked: unknown): number {
  if (Array.isArray(asked)) return asked.reduce<number>((sum, one) => sum + joinsOf(one), 0);
  const names = [...RELATIONS.values()].flat();
  return Object.entries(fieldsOf(asked)).reduce((sum, [field, given]) => {
    const kind = names.find((one) => one.name === field)?.kind;
    const own = kind === undefined ? 0 : kind === "one" ? 1 : Object.keys(fieldsOf(given)).length;
    return sum + own + joinsOf(given);
  }, 0);
}

/** Runs random filters through relations and expects what they plainly mean, of what the caller may see. */
export async function expectRelatedMeaning(api: Harness, scopes: Scopes, numRuns: number): Promise<void> {
  const [world = new Map<string, readonly Stored[]>()]: readonly World[] = fc.sample(anyWorld, 1);
  await api.store("people", world.get("Person") ?? []);
  await api.store("houses", world.get("House") ?? []);
  let [telling, joined] = [0, 0];
  const asking = fc.constantFrom("Person", "House").chain((of) => fc.tuple(fc.constant(of), whereOf(of, 3)));
  await fc.assert(
    fc.asyncProperty(asking, async ([of, where]) => {
      fc.pre(joinsOf(where) <= 8);
      const plural = of === "Person" ? "people" : "houses";
      const result = await api.run(`query ($where: ${of}Where) { ${plural}(where: $where) { id } }`, {
        variables: { where },
      });
      const all = world.get(of) ?? [];
      const expected = all
        .filter((one) => isVisible(of, one, scopes) && matches(where, of, one, world, scopes))
        .map(({ _id }) => _id);
      expect(dataOf(result)).toEqual({ [plural]: expected.toSorted().map((id) => ({ id })) });
      telling += Number(expected.length > 0 && expected.length < all.length);
      joined += Number(joinsOf(where) > 0);
    }),
    { numRuns },
  );
  expect(telling).toBeGreaterThan(numRuns / 5);
  expect(joined).toBeGreaterThan(numRuns / 3);
}

/** The policy of scopes. */
export function authorizeScopes({ minSize }: Scopes): Authorize {
  return (_context, _action, of) =>
    of === "House" && minSize !== undefined ? { allow: true, filter: { size: { $gte: minSize } } } : { allow: true };
}
