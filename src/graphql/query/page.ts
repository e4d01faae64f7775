import { EventQLError } from "../../errors.ts";
import type { GraphQLLimits } from "../services.ts";

/** A part of a list: how many documents, after how many. */
export interface Page {
  readonly limit: number;
  readonly skip: number;
}

/**
 * Checks `limit` and `offset`.
 * @throws EventQLError `LIMIT_EXCEEDED`, `BAD_USER_INPUT` where one is negative.
 */
export function pageOf(
  limit: number | null | undefined,
  offset: number | null | undefined,
  { defaultPageSize, maxPageSize }: Pick<GraphQLLimits, "defaultPageSize" | "maxPageSize">,
): Page {
  const page = { limit: limit ?? defaultPageSize, skip: offset ?? 0 };
  if (page.limit < 0) throw new EventQLError("BAD_USER_INPUT", `limit is ${page.limit}: give 0 or more.`);
  if (page.skip < 0) throw new EventQLError("BAD_USER_INPUT", `offset is ${page.skip}: give 0 or more.`);
  if (page.limit <= maxPageSize) return page;
  throw new EventQLError(
    "LIMIT_EXCEEDED",
    `limit is ${page.limit}, at most ${maxPageSize} documents are returned at once: ask for fewer and go on with offset.`,
    { details: { maximum: maxPageSize } },
  );
}
