import { type ExecutionArgs, type ExecutionResult, execute } from "graphql";
import type { MaskError } from "../errors.ts";

/** Executes an operation on an item, and writes the result, its errors masked, as JSON. Never rejects. */
export function executeItem(args: ExecutionArgs, item: object, maskError: MaskError): string | Promise<string> {
  const written = (result: ExecutionResult): string => {
    const { errors, ...rest } = result;
    return JSON.stringify(errors === undefined ? result : { errors: errors.map(maskError), ...rest });
  };
  const failed = (error: unknown): string => JSON.stringify({ errors: [maskError(error)] });
  try {
    const result = execute({ ...args, rootValue: item });
    return result instanceof Promise ? result.then(written, failed) : written(result);
  } catch (error) {
    return failed(error);
  }
}
