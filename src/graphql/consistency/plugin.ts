import type { Plugin } from "graphql-yoga";
import { EventQLError } from "../../errors.ts";
import { isGraphQLContext } from "../context.ts";
import type { MaskError } from "../errors.ts";
import { awaitReceipts } from "./await-receipts.ts";

/** Makes the engine wait for a query's receipts before executing it; a failed wait is the whole answer. */
export function consistentWithPlugin(maskError: MaskError): Plugin {
  return {
    async onExecute({ args, setResultAndStopExecution }) {
      try {
        if (!isGraphQLContext(args.contextValue))
          throw new EventQLError("INTERNAL", "The engine's context was not made by `createContext`.");
        await awaitReceipts(args, args.contextValue);
      } catch (error) {
        setResultAndStopExecution({ errors: [maskError(error)] });
      }
    },
  };
}
