import type { Plugin } from "graphql-yoga";
import { withoutPrototypes } from "../../graphql/without-prototypes.ts";

/** Makes the variables of a request hold the names that the client gave, and no others. */
export function variablesPlugin(): Plugin {
  return { onParams: ({ params }) => withoutPrototypes(params.variables) };
}
