import {
  type GraphQLNamedType,
  Kind,
  TypeInfo,
  type TypeNode,
  getNamedType,
  isInputObjectType,
  visit,
  visitWithTypeInfo,
} from "graphql";
import type { Aggregate, Catalog } from "../../catalog/types.ts";
import { type AggregatePlan, planSchema } from "../plan.ts";
import { documentAggregate } from "../types/document-aggregate.ts";
import type { Operation } from "./receipts.ts";

/** Where projections in code show in an API: by the names of root fields, of inputs that filter them, and by their own. */
type Places = Readonly<Record<"fields" | "inputs" | "names", ReadonlyMap<string, Aggregate>>>;

const places = new WeakMap<Catalog["aggregates"], Places>();

/** The projections in code whose documents an operation reads, or filters others by: what may make its answer stale. */
export function readProjections(operation: Operation, catalog: Catalog): readonly Aggregate[] {
  if (catalog.aggregates.every(({ projected }) => projected === undefined)) return [];
  const { fields, inputs, names } = places.get(catalog.aggregates) ?? placesOf(catalog);
  const { schema, document, variableValues = {} } = operation;
  const found = new Set<Aggregate | undefined>();
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      Field(node) {
        if (types.getParentType() === schema.getQueryType()) found.add(fields.get(node.name.value));
        for (const type of [types.getParentType(), getNamedType(types.getType())])
          found.add(names.get(documentAggregate(type) ?? ""));
      },
      ObjectField() {
        found.add(inputs.get(getNamedType(types.getInputType())?.name ?? ""));
      },
      VariableDefinition({ variable, type }) {
        for (const name of inputsIn(variableValues?.[variable.name.value], schema.getType(nameOf(type))))
          found.add(inputs.get(name));
      },
    }),
  );
  return [...found].filter((aggregate) => aggregate !== undefined);
}

function placesOf(catalog: Catalog): Places {
  const plans = planSchema(catalog).aggregates.filter(({ aggregate }) => aggregate.projected !== undefined);
  const by = (namesOf: (plan: AggregatePlan) => readonly string[]): ReadonlyMap<string, Aggregate> =>
    new Map(plans.flatMap((plan) => namesOf(plan).map((name) => [name, plan.aggregate])));
  const made: Places = {
    fields: by(({ singular, plural, connection, group }) => [singular, plural, connection.field, group.field]),
    inputs: by(({ whereName, relatedName }) => [whereName, relatedName]),
    names: by(({ aggregate }) => [aggregate.name]),
  };
  places.set(catalog.aggregates, made);
  return made;
}

/** The names of the input types within a variable's value. */
function inputsIn(value: unknown, type: GraphQLNamedType | undefined): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((each) => inputsIn(each, type));
  if (!isInputObjectType(type) || typeof value !== "object" || value === null) return [];
  const fields = type.getFields();
  const inner = Object.entries(value).flatMap(([name, each]) => inputsIn(each, getNamedType(fields[name]?.type)));
  return [type.name, ...inner];
}

function nameOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type);
}
