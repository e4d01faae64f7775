import { type TypedQueryDocumentNode, print } from "graphql";
import { createClient } from "graphql-sse";
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

/** What a typed operation may be given. */
type Variables = Readonly<Record<string, unknown>>;

/** Sends a typed query or mutation, and takes nothing but an answer without errors. */
export async function graphqlTyped<Data, Given extends Variables>(
  url: string,
  document: TypedQueryDocumentNode<Data, Given>,
  variables: Given,
): Promise<Data> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/graphql-response+json" },
    body: JSON.stringify({ query: print(document), variables }),
  });
  const answer: { readonly data?: Data | null; readonly errors?: readonly unknown[] } = await response.json();
  return dataOf(answer);
}

/** Sends a typed subscription, by server-sent events; it ends when its reader does. */
export async function* subscribeTyped<Data, Given extends Variables>(
  url: string,
  document: TypedQueryDocumentNode<Data, Given>,
  variables: Given,
): AsyncGenerator<Data> {
  const client = createClient({ url: `${url}/graphql`, retryAttempts: 0 });
  for await (const answer of client.iterate<Data>({ query: print(document), variables: { ...variables } }))
    yield dataOf(answer);
}

function dataOf<Data>(answer: { readonly data?: Data | null; readonly errors?: readonly unknown[] }): Data {
  const { data, errors } = answer;
  if (errors !== undefined || data === undefined || data === null)
    throw new TypeError(`The server answered ${JSON.stringify(answer)}.`);
  return data;
}

/** The codes of an answer's errors. */
export function codesOf(answer: GraphQLAnswer): readonly (string | undefined)[] {
  return (answer.errors ?? []).map(({ extensions }) => extensions?.code);
}
