import type { Plugin } from "graphql-yoga";
import type { Mask } from "../engine/transport.ts";
import { type PersistedOperations, documentIdOf, documentOf } from "./persisted-operations.ts";

/** The parameters beside those of GraphQL that may name a document. */
export const ID_PARAMETERS: readonly string[] = ["documentId", "doc_id"];

/** Puts the document in a request over HTTP that it means. */
export function persistedOperationsPlugin(operations: PersistedOperations, mask: Mask): Plugin {
  return {
    onParams({ request, params, setParams }) {
      try {
        const id = documentIdOf(params) ?? idInUrl(request.url);
        const query = documentOf(params, id, operations);
        if (query !== undefined) setParams({ ...params, query });
      } catch (error) {
        throw mask(error, "Unexpected error.");
      }
    },
  };
}

function idInUrl(url: string): string | undefined {
  const { searchParams } = new URL(url);
  return ID_PARAMETERS.map((name) => searchParams.get(name)).find((id) => id !== null) ?? undefined;
}
