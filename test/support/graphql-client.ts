import { z } from "zod";

const answerSchema = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z
    .array(z.object({ message: z.string(), extensions: z.object({ code: z.string() }).loose().optional() }).loose())
    .optional(),
});

/** What a GraphQL server answered. */
export interface GraphQLAnswer {
  readonly data?: Readonly<Record<string, unknown>> | null | undefined;
  readonly errors?:
    readonly { readonly message: string; readonly extensions?: { readonly code: string } | undefined }[] | undefined;
}

/** Sends a GraphQL request as a browser's client would. */
export async function graphql(
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<GraphQLAnswer> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/graphql-response+json", ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return answerSchema.parse(await response.json());
}

/** The codes of an answer's errors. */
export function codesOf(answer: GraphQLAnswer): readonly (string | undefined)[] {
  return (answer.errors ?? []).map(({ extensions }) => extensions?.code);
}
