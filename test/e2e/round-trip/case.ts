import fc from "fast-check";
import type { GraphQLInputObjectType } from "graphql";
import { gatherCatalog } from "../../../src/catalog/gather.ts";
import type { TypeRef } from "../../../src/catalog/types.ts";
import { buildSchema } from "../../../src/graphql/build-schema.ts";
import { type AggregatePlan, planSchema } from "../../../src/graphql/plan.ts";
import { defaultLimits } from "../../../src/graphql/services.ts";
import { FakeRegistry } from "../../support/fake-registry.ts";
import { avroRecords } from "./arbitrary-type.ts";
import { completed, givenOf } from "./arbitrary-value.ts";
import { type AvroRecord, type Given, membersOf, schemaOf } from "./avro-type.ts";
import { type GraphQLForm, graphqlForm } from "./graphql-form.ts";

/** A schema on a topic of its own, with values of it. */
export interface Sample {
  readonly topic: string;
  readonly record: AvroRecord;
  readonly schema: unknown;
  readonly values: readonly Given[];
}

/** Draws schemas and values; the same seed gives the same. */
export function drawSamples(
  topics: readonly string[],
  { seed, values }: { readonly seed: number; readonly values: number },
): readonly Sample[] {
  const records = fc.sample(avroRecords, { seed, numRuns: topics.length });
  return topics.flatMap((topic, index) => {
    const record = records[index];
    if (record === undefined) return [];
    const drawn = fc.sample(givenOf(record, { depth: 4, isWhole: false }), { seed: seed + index, numRuns: values });
    return [{ topic, record, schema: schemaOf(record), values: drawn }];
  });
}

/** A field of the schema with the column that shows it. */
interface Shown {
  readonly field: string;
  readonly column: string;
  readonly type: TypeRef;
}

/** A sample in GraphQL. */
export class Case {
  readonly sample: Sample;
  readonly plan: AggregatePlan;
  readonly #form: GraphQLForm;
  readonly #columns: readonly Shown[];
  readonly #where: GraphQLInputObjectType;

  constructor(sample: Sample, plan: AggregatePlan, form: GraphQLForm, where: GraphQLInputObjectType) {
    this.sample = sample;
    this.plan = plan;
    this.#form = form;
    this.#where = where;
    const fields = plan.aggregate.eventTypes[0]?.fields ?? [];
    this.#columns = fields.flatMap(({ field, column }) => {
      const shown = plan.columns.find((each) => each.column.name === column && each.column.deprecated === undefined);
      return shown === undefined ? [] : [{ field: field.name, column: shown.name, type: shown.column.type }];
    });
  }

  /** A value with its defaults. */
  whole(given: Given): Given {
    return completed(this.sample.record, given);
  }

  /** The fields of a document that show all of the values. */
  get documentSelection(): string {
    const all = this.sample.values.map((given) => membersOf(this.whole(given)));
    const columns = this.#columns.map(({ field, column, type }, index) => {
      const values = all.map((members) => members[field] ?? null);
      return `c${index}: ${column} ${this.#form.selection(type, values, `c${index}`)}`;
    });
    return `{ id ${columns.join(" ")} }`;
  }

  /** What {@link documentSelection} shows of a value. */
  document(id: string, given: Given): unknown {
    const members = membersOf(this.whole(given));
    const columns = this.#columns.map(({ field, type }, index) => [
      `c${index}`,
      this.#form.shown(type, members[field] ?? null, `c${index}`),
    ]);
    return { id, ...Object.fromEntries(columns) };
  }

  /** The fields of an event in the stream of events. */
  get eventSelection(): string {
    const [event] = this.plan.subscription.events;
    const all = this.sample.values.map((given) => membersOf(this.whole(given)));
    const fields = (event?.fields ?? []).map(({ field, name }, index) => {
      const values = all.map((members) => members[field.name] ?? null);
      return `e${index}: ${name} ${this.#form.selection(field.type, values, `e${index}`)}`;
    });
    return `{ ... on ${event?.name ?? ""} { id ${fields.join(" ")} } }`;
  }

  /** What {@link eventSelection} shows of a value. */
  event(id: string, given: Given): unknown {
    const [event] = this.plan.subscription.events;
    const members = membersOf(this.whole(given));
    const fields = (event?.fields ?? []).map(({ field }, index) => [
      `e${index}`,
      this.#form.shown(field.type, members[field.name] ?? null, `e${index}`),
    ]);
    return { id, ...Object.fromEntries(fields) };
  }

  input(given: Given, older: boolean): unknown {
    return this.#form.inputFields(this.plan.events[0]?.fields ?? [], given, older);
  }

  /** Conditions that a value meets, and ones that it doesn't, of every column that compares. */
  conditions(given: Given): { readonly met: readonly unknown[]; readonly unmet: readonly unknown[] } {
    const members = membersOf(this.whole(given));
    const each = this.#columns.map(({ field, column, type }) => {
      const operators = Object.keys(this.#operators(column));
      const value = this.#form.input(type, members[field] ?? null, false);
      const of = (names: readonly string[], operand: unknown): unknown[] =>
        names.filter((name) => operators.includes(name)).map((name) => ({ [column]: { [name]: operand } }));
      const isNull = { [column]: { isNull: value === null } };
      const isNotNull = { [column]: { isNull: value !== null } };
      if (value === null || !isScalar(type)) return { met: [isNull], unmet: [isNotNull] };
      return {
        met: [isNull, ...of(["eq", "gte", "lte"], value), ...of(["in"], [value])],
        unmet: [isNotNull, ...of(["ne", "gt", "lt"], value), ...of(["notIn"], [value])],
      };
    });
    return { met: each.flatMap(({ met }) => met), unmet: each.flatMap(({ unmet }) => unmet) };
  }

  #operators(column: string): object {
    const type = this.#where.getFields()[column]?.type;
    return type !== undefined && "getFields" in type ? type.getFields() : {};
  }
}

function isScalar({ type }: TypeRef): boolean {
  return !["array", "map", "record", "union", "null"].includes(type.kind);
}

/** Plans the API of samples, as the gateway does. */
export async function planCases(samples: readonly Sample[]): Promise<readonly Case[]> {
  const registry = new FakeRegistry();
  for (const { topic, record, schema } of samples) await registry.add(`${topic}-${record.name}`, schema);
  const catalog = await gatherCatalog(registry);
  const plan = planSchema(catalog);
  const schema = buildSchema({ catalog, limits: defaultLimits });
  const form = graphqlForm(plan.types);
  return samples.map((sample) => {
    const aggregate = plan.aggregates.find((each) => each.aggregate.topic === sample.topic);
    const where = schema.getType(aggregate?.whereName ?? "");
    if (aggregate === undefined || where === undefined || !("getFields" in where) || !("isOneOf" in where))
      throw new TypeError(
        `no API of ${sample.topic}: ${JSON.stringify(catalog.skipped)} ${JSON.stringify(sample.schema)}`,
      );
    return new Case(sample, aggregate, form, where);
  });
}
