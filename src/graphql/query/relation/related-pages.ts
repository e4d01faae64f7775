import type DataLoader from "dataloader";
import type { GraphQLResolveInfo } from "graphql";
import { EventQLError } from "../../../errors.ts";
import type { StoredDocument } from "../../../read-model/read-model.ts";
import type { GraphQLContext } from "../../context.ts";
import type { AggregateParts } from "../../parts.ts";
import { permitColumns } from "../../permit.ts";
import type { RelationPlan } from "../../plan-relations.ts";
import { canonicalText } from "../../subscription/canonical-text.ts";
import { matchingOf } from "../matching.ts";
import { type OrderBy, compileOrderBy } from "../order-by.ts";
import { type Page, pageOf } from "../page.ts";
import { type Row, runPipeline } from "../read.ts";
import { documentOf } from "../read-documents.ts";
import { selectedColumns, selectedPaths } from "../selected-columns.ts";
import { pagePipeline } from "./page-pipeline.ts";
import { valuesOfKeys } from "./reference-values.ts";
import { RequestLoaders } from "./request-loaders.ts";

/** The arguments of a list of documents that reference one. */
export interface PageArguments {
  readonly where?: unknown;
  readonly orderBy?: readonly OrderBy[] | null;
  readonly limit?: number | null;
  readonly offset?: number | null;
}

/** A page that is read for each of several documents. */
interface PageReading {
  readonly context: GraphQLContext;
  readonly relation: RelationPlan;
  /** What the relation leads to. */
  readonly target: AggregateParts;
  readonly args: PageArguments;
  readonly page: Page;
  /** The names in GraphQL of the columns that are selected. */
  readonly shown: readonly string[];
  readonly fields: readonly string[];
}

const loaders = new RequestLoaders<readonly StoredDocument[]>();

/**
 * The loader of pages of the documents that reference one, by that one's key.
 * @throws EventQLError `BAD_USER_INPUT`, `LIMIT_EXCEEDED`.
 */
export function relatedPages(
  context: GraphQLContext,
  relation: RelationPlan,
  target: AggregateParts,
  args: PageArguments,
  info: GraphQLResolveInfo,
): DataLoader<string, readonly StoredDocument[]> {
  return loaders.of(context, info, () => {
    const page = pageOf(args.limit, args.offset, target.limits);
    const shown = selectedColumns(target.plan, info).map(({ name }) => name);
    const fields = selectedPaths(target.plan, info).toSorted();
    const reading = { context, relation, target, args, page, shown, fields };
    const { where, orderBy } = args;
    return {
      text: canonicalText([
        relation.target,
        relation.column.name,
        where,
        orderBy,
        page.limit,
        page.skip,
        fields,
        shown,
      ]),
      read: (keys) => readPages(keys, reading),
    };
  });
}

async function readPages(
  keys: readonly string[],
  reading: PageReading,
): Promise<(key: string) => readonly StoredDocument[]> {
  const { context, relation, target, args, page, shown, fields } = reading;
  const { aggregate } = target.plan;
  const order = args.orderBy ?? [];
  const matching = matchingOf(context, target, args.where);
  permitColumns(context, "read", aggregate.name, [
    relation.column.name,
    ...order.flatMap((entry) => Object.keys(entry)),
    ...shown,
  ]);
  if (page.limit === 0 || valuesOfKeys(relation.column.column.type, keys).length === 0) return () => [];
  const { maxRelatedDocuments } = context.services.limits;
  const sort = compileOrderBy(target.plan, order);
  const request = { column: relation.column, matching, sort, page, fields, bound: maxRelatedDocuments + 1 };
  const rows = await runPipeline(context, aggregate, pagePipeline(keys, request));
  if (rows.length > maxRelatedDocuments) throw tooMany(target, maxRelatedDocuments);
  const pages = Map.groupBy(rows, ({ _id }) => _id);
  return (key) => (pages.get(key) ?? []).map(pageDocument);
}

function pageDocument({ page }: Row): StoredDocument {
  if (isRow(page)) return documentOf(page);
  throw new EventQLError("INTERNAL", "A pipeline made a row that holds no document.");
}

function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null;
}

function tooMany({ plan }: AggregateParts, maximum: number): EventQLError {
  return new EventQLError(
    "LIMIT_EXCEEDED",
    `The pages of ${plan.typeName} hold more than ${maximum} documents together: give the inner list a smaller ` +
      "`limit`, or ask for fewer of the outer one.",
    { details: { maximum } },
  );
}
