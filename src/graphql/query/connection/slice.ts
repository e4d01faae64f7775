import { EventQLError } from "../../../errors.ts";
import type { GraphQLLimits } from "../../services.ts";

/** Which part of a list is asked for. */
export interface Slice {
  /** How many, at most. */
  readonly size: number;
  /** Whether they are the last, not the first. */
  readonly fromEnd: boolean;
}

/** `first` and `last`, as they came. */
export interface SliceArguments {
  readonly first?: number | null;
  readonly last?: number | null;
}

/**
 * Checks `first` and `last`; without either, the page is the first of the usual size.
 * @throws EventQLError `BAD_USER_INPUT` for both or a negative one, `LIMIT_EXCEEDED`.
 */
export function sliceOf(
  { first, last }: SliceArguments,
  { defaultPageSize, maxPageSize }: Pick<GraphQLLimits, "defaultPageSize" | "maxPageSize">,
): Slice {
  if (isGiven(first) && isGiven(last))
    throw new EventQLError("BAD_USER_INPUT", "first and last are given: ask for the first or the last, not both.");
  const fromEnd = isGiven(last);
  const [name, size] = fromEnd ? ["last", last] : ["first", first ?? defaultPageSize];
  if (size < 0) throw new EventQLError("BAD_USER_INPUT", `${name} is ${size}: give 0 or more.`);
  if (size <= maxPageSize) return { size, fromEnd };
  throw new EventQLError(
    "LIMIT_EXCEEDED",
    `${name} is ${size}, at most ${maxPageSize} documents are returned at once: ask for fewer and go on with the page's cursors.`,
    { details: { maximum: maxPageSize } },
  );
}

/** GraphQL takes null for what isn't given. */
function isGiven(count: number | null | undefined): count is number {
  return count !== null && count !== undefined;
}
