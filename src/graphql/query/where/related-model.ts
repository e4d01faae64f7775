import type { ValueType } from "../../../catalog/types.ts";
import { EventQLError } from "../../../errors.ts";
import type { AggregatePlan } from "../../plan.ts";
import type { RelationPlan } from "../../plan-relations.ts";
import type { TypeNames } from "../../plan-types.ts";
import type { RelationTarget, WhereField, WhereModel } from "./where-field.ts";
import { whereModels } from "./where-model.ts";

/** Makes the models of the `where` inputs of a schema's aggregates: those of their columns, and of their relations. */
export function relatedModels(
  aggregates: readonly AggregatePlan[],
  names: TypeNames,
): (plan: AggregatePlan) => WhereModel {
  const columnsOf = whereModels(names);
  const plans = new Map(aggregates.map((plan) => [plan.aggregate.name, plan]));
  const models = new Map<AggregatePlan, WhereModel>();
  const planOf = (aggregate: string): AggregatePlan => {
    const plan = plans.get(aggregate);
    if (plan === undefined) throw new EventQLError("INTERNAL", `There is no aggregate ${aggregate}.`);
    return plan;
  };
  const modelOf = (plan: AggregatePlan): WhereModel => {
    const known = models.get(plan);
    if (known !== undefined) return known;
    const relations = plan.relations.flatMap((relation) => {
      const target = planOf(relation.target);
      return relationField(relation, target, () => modelOf(target));
    });
    const model = new Map([...columnsOf(plan), ...relations.map((field) => [field.name, field] as const)]);
    models.set(plan, model);
    return model;
  };
  return modelOf;
}

/** None where the column holds no ids that can be compared with keys. */
function relationField(
  { name, kind, column, deprecated }: RelationPlan,
  target: AggregatePlan,
  model: () => WhereModel,
): readonly WhereField[] {
  const key = keyForm(column.column.type.type);
  if (key === undefined) return [];
  const { aggregate, relatedName, typeName } = target;
  const related = { aggregate: aggregate.name, collection: aggregate.collection, filterName: relatedName, model };
  const field: RelationTarget = { kind: "relation", relation: kind, column: column.name, key, target: related };
  return [
    { name, path: column.column.name, description: descriptionOf(kind, typeName, column.name), deprecated, ...field },
  ];
}

function keyForm(type: ValueType): RelationTarget["key"] | undefined {
  if (type.kind === "array") return type.items.type.kind === "array" ? undefined : keyForm(type.items.type);
  if (type.kind === "int" || type.kind === "long") return "integer";
  return type.kind === "string" || type.kind === "uuid" || type.kind === "enum" ? "text" : undefined;
}

function descriptionOf(kind: RelationPlan["kind"], typeName: string, column: string): string {
  if (kind === "one") return `There is the ${typeName} that \`${column}\` names, and it matches.`;
  if (kind === "list") return `What holds of the ${typeName} documents that \`${column}\` names.`;
  return `What holds of the ${typeName} documents whose \`${column}\` names this one.`;
}
