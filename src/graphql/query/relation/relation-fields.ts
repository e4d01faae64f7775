import {
  type GraphQLFieldConfig,
  type GraphQLFieldConfigArgumentMap,
  type GraphQLFieldConfigMap,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
} from "graphql";
import type { Value } from "../../../model/value.ts";
import type { StoredDocument } from "../../../read-model/read-model.ts";
import type { GraphQLContext } from "../../context.ts";
import { documentAction } from "../../guarded-column.ts";
import type { AggregateParts } from "../../parts.ts";
import { permitColumn, permitColumns } from "../../permit.ts";
import type { RelationPlan } from "../../plan-relations.ts";
import { pageOf } from "../page.ts";
import { selectedColumns } from "../selected-columns.ts";
import { keysIn } from "./reference-values.ts";
import { relatedDocuments } from "./related-documents.ts";
import { type PageArguments, relatedPages } from "./related-pages.ts";

/** A relation with the aggregates at its ends. */
interface Ends {
  readonly relation: RelationPlan;
  readonly owner: AggregateParts;
  readonly target: AggregateParts;
}

type RelationField = GraphQLFieldConfig<StoredDocument, GraphQLContext, PageArguments>;

/** The fields of a document that lead to others. */
export function relationFields(owner: AggregateParts): GraphQLFieldConfigMap<StoredDocument, GraphQLContext> {
  return Object.fromEntries(
    owner.plan.relations.map((relation) => [
      relation.name,
      relationField({ relation, owner, target: owner.of(relation.target) }),
    ]),
  );
}

function relationField(ends: Ends): RelationField {
  if (ends.relation.kind === "one") return oneField(ends);
  return ends.relation.kind === "list" ? listedField(ends) : referencingField(ends);
}

function oneField({ relation, owner, target }: Ends): RelationField {
  const { name } = relation.column;
  return {
    type: target.document,
    description: `The ${target.plan.typeName} whose id is in \`${name}\`; null where there is none, or none that you may see.`,
    deprecationReason: relation.deprecated,
    resolve: (document, _args, context, info) => {
      const [key] = keysIn(referenceOf(document, { relation, owner }, context, info));
      return key === undefined ? null : relatedDocuments(context, target, info).load(key);
    },
  };
}

function listedField({ relation, owner, target }: Ends): RelationField {
  const { name } = relation.column;
  return {
    type: listOf(target),
    description: `The ${target.plan.typeName} documents whose ids are in \`${name}\`, in that order, without those that aren't there or that you may not see.`,
    deprecationReason: relation.deprecated,
    args: pageArguments(target, "ids"),
    resolve: async (document, { limit, offset }, context, info) => {
      const page = pageOf(limit, offset, target.limits);
      const keys = keysIn(referenceOf(document, { relation, owner }, context, info));
      const shown = selectedColumns(target.plan, info).map((selected) => selected.name);
      // Once, in place of once a document.
      permitColumns(context, "read", target.plan.aggregate.name, shown);
      const loader = relatedDocuments(context, target, info);
      const found = await Promise.all(keys.slice(page.skip, page.skip + page.limit).map((key) => loader.load(key)));
      return found.filter((one) => one !== null);
    },
  };
}

function referencingField({ relation, target }: Ends): RelationField {
  const { name } = relation.column;
  const { orderBy, where, plan } = target;
  return {
    type: listOf(target),
    description: `The ${plan.typeName} documents that have its id in \`${name}\`.`,
    deprecationReason: relation.deprecated,
    args: {
      where: { type: where, description: "Which of them; default: all." },
      orderBy: {
        type: new GraphQLList(new GraphQLNonNull(orderBy)),
        description: "The order, most significant first; the id decides last.",
      },
      ...pageArguments(target, "documents"),
    },
    resolve: (document, args, context, info) => relatedPages(context, relation, target, args, info).load(document._id),
  };
}

/** What a document's own column references. @throws EventQLError `FORBIDDEN` where the caller may not see the column. */
function referenceOf(
  document: StoredDocument,
  { relation, owner }: Pick<Ends, "relation" | "owner">,
  context: GraphQLContext,
  info: GraphQLResolveInfo,
): Value | undefined {
  const { name, column } = relation.column;
  permitColumn(context, documentAction(info), owner.plan.aggregate.name, name);
  return Object.hasOwn(document, column.name) ? document[column.name] : null;
}

function listOf({ document }: AggregateParts): GraphQLOutputType {
  return new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(document)));
}

function pageArguments({ limits }: AggregateParts, what: string): GraphQLFieldConfigArgumentMap {
  const { defaultPageSize, maxPageSize } = limits;
  return {
    limit: {
      type: GraphQLInt,
      defaultValue: defaultPageSize,
      description: `How many ${what} of each, at most ${maxPageSize}.`,
    },
    offset: { type: GraphQLInt, defaultValue: 0, description: "How many to leave out before the first." },
  };
}
