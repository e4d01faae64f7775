import { GraphQLError, NoSchemaIntrospectionCustomRule } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Mask } from "./engine/transport.ts";

/** Keeps the schema to itself: no introspection, and no names in errors that the request doesn't have itself. */
export function hiddenSchemaPlugin(): Plugin {
  return {
    onValidate({ addValidationRule }) {
      addValidationRule(NoSchemaIntrospectionCustomRule);
      return ({ result, setResult }) => setResult([...result].map(withoutSuggestion));
    },
  };
}

/** The same of errors that come after validation. */
export function maskSuggestions(mask: Mask): Mask {
  return (error, message) => withoutSuggestion(mask(error, message));
}

function withoutSuggestion(error: Error): Error {
  if (!(error instanceof GraphQLError)) return error;
  const message = error.message.replace(/ Did you mean .*\?$/s, "");
  if (message === error.message) return error;
  const { nodes, source, positions, path, originalError, extensions } = error;
  return new GraphQLError(message, { nodes: nodes ?? null, source, positions, path, originalError, extensions });
}
