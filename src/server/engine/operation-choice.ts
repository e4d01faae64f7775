import { type DocumentNode, GraphQLError, Kind, getOperationAST } from "graphql";
import type { Plugin } from "graphql-yoga";

/** Tells a client that named none of its document's operations what to do, before anything else is done with it. */
export function operationChoicePlugin(): Plugin {
  return {
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

function isDocument(parsed: unknown): parsed is DocumentNode {
  return typeof parsed === "object" && parsed !== null && "kind" in parsed && parsed.kind === Kind.DOCUMENT;
}
