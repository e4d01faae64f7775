import { parseValue, valueFromASTUntyped } from "graphql";
import { EventQLError, messageOf } from "../../errors.ts";

/**
 * Reads a filter that was typed as GraphQL writes it, `{firstname: {eq: "Ada"}}`, or as JSON.
 * @throws EventQLError `BAD_USER_INPUT`.
 */
export function readWhere(text: string): unknown {
  try {
    const json: unknown = JSON.parse(text);
    return json;
  } catch {
    return readLiteral(text);
  }
}

function readLiteral(text: string): unknown {
  try {
    return valueFromASTUntyped(parseValue(text));
  } catch (error) {
    const form = `'{firstname: {startsWith: "A"}}'`;
    throw new EventQLError("BAD_USER_INPUT", `--where is no filter (${messageOf(error)}): write it as in ${form}.`);
  }
}
