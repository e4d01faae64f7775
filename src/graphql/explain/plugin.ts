import type { ExecutionResult } from "graphql";
import type { Plugin } from "graphql-yoga";
import { EventQLError } from "../../errors.ts";
import type { RequestContext } from "../../security/authorize.ts";
import { isGraphQLContext } from "../context.ts";
import type { MaskError } from "../errors.ts";
import type { ReadReport } from "./read-report.ts";

/**
 * Answers `extensions: { explain: true }` of a request with `extensions.explain`: how each of its reads was carried out.
 * `mayExplain` says who may ask: what is told shows the filters that limit what callers see.
 */
export function explainPlugin(mayExplain: (caller: RequestContext) => boolean, maskError: MaskError): Plugin {
  return {
    onExecute({ args: { contextValue }, setResultAndStopExecution }) {
      if (contextValue.params.extensions?.["explain"] !== true || !isGraphQLContext(contextValue)) return undefined;
      if (!mayExplain(contextValue.caller)) {
        setResultAndStopExecution({ errors: [maskError(notAllowed())] });
        return undefined;
      }
      const reads: ReadReport[] = (contextValue.session.reads = []);
      return {
        onExecuteDone({ result, setResult }) {
          if (isResult(result)) setResult({ ...result, extensions: { ...result.extensions, explain: reads } });
        },
      };
    },
  };
}

function isResult(result: object): result is ExecutionResult {
  return !(Symbol.asyncIterator in result);
}

function notAllowed(): EventQLError {
  return new EventQLError(
    "FORBIDDEN",
    "extensions.explain is for development, and for administrators: leave it out, or ask with an admin's credentials where " +
      "the server has explain on.",
  );
}
