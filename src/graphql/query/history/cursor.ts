import { EventQLError } from "../../../errors.ts";
import { seal, unseal } from "../../../model/sealed-text.ts";

const KIND = "history";

/** The cursor of an event in the history of a key. */
export function historyCursor(aggregate: string, id: string, offset: number): string {
  return seal([KIND, aggregate, id, offset]);
}

/**
 * The offset that a cursor of this history was made of; undefined where there is no cursor.
 * @throws EventQLError `BAD_USER_INPUT`, naming the argument, for anything else.
 */
export function readHistoryCursor(
  cursor: string | null | undefined,
  argument: string,
  aggregate: string,
  id: string,
): number | undefined {
  if (cursor === null || cursor === undefined) return undefined;
  const sealed: unknown = unseal(cursor);
  if (Array.isArray(sealed)) {
    const [kind, ofAggregate, ofId, offset]: unknown[] = sealed;
    const isOurs = kind === KIND && ofAggregate === aggregate && ofId === id;
    if (isOurs && typeof offset === "number" && Number.isSafeInteger(offset) && offset >= 0) return offset;
  }
  throw new EventQLError(
    "BAD_USER_INPUT",
    `${argument} must be a cursor of this history: pass one of a page's pageInfo as it came, with the same id.`,
  );
}
