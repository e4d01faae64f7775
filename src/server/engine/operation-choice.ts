import { type DocumentNode, GraphQLError, Kind, getOperationAST } from "graphql";
import type { Plugin } from "graphql-yoga";

/** Tells a client that named none of its document's operations what to do, before anything else is done with it. */
export function operationChoicePlugin(): Plugin {
  return {
    onParams({ params }) {
      const name: unknown = params.operationName;
      if (name !== undefined && name !== null && typeof name !== "string") throw notAName();
    },
    onParse:
      ({ context }) =>
      ({ result }) => {
        if (isDocument(result)) check(result, context.params.operationName);
      },
  };
}

function check(document: DocumentNode, name: string | null | undefined): void {
  if (getOperationAST(document, name)) return;
  const message = name
    ? `The document has no operation named "${name}": say one of its own as operationName.`
    : "Which operation is meant is not clear: the document must have one, or operationName say which.";
  throw new GraphQLError(message, { extensions: { code: "BAD_USER_INPUT", http: { status: 400, spec: true } } });
}

/** As for anything else that is no GraphQL request: the client's media type makes no difference to the status. */
function notAName(): GraphQLError {
  return new GraphQLError("operationName must be a text: the name of one of the document's operations.", {
    extensions: { code: "BAD_USER_INPUT", http: { status: 400 } },
  });
}

function isDocument(parsed: unknown): parsed is DocumentNode {
  return typeof parsed === "object" && parsed !== null && "kind" in parsed && parsed.kind === Kind.DOCUMENT;
}
