import { z } from "zod";

interface Refused {
  readonly code: string;
  readonly currentVersion: number | null;
}

/** What a mutation answers; those of a GraphQL error have but a status. */
export interface SentCommand {
  readonly status: string;
  readonly rejection: Refused | null;
  readonly id?: string | null | undefined;
  readonly commandId?: string | null | undefined;
  readonly receipt?: string | null | undefined;
  readonly version?: number | null | undefined;
  readonly document?: Readonly<Record<string, unknown>> | null | undefined;
  readonly events?: readonly Readonly<Record<string, unknown>>[] | null | undefined;
}

/** What `command` answers. */
export interface ToldOutcome {
  readonly kind: string;
  readonly status: string;
  readonly id: string | null;
  readonly version: number | null;
  readonly transaction: number | null;
  readonly rejection: Refused | null;
  readonly events: readonly {
    readonly id: string;
    readonly type: string | null;
    readonly version: number;
    readonly dropped: boolean;
  }[];
}

/** What a query answers of a document: its columns too. */
export type ShownDocument = { readonly _meta: { readonly version: number } } | null;

/** What a history answers of an event: its fields too. */
export interface ShownEvent {
  readonly __typename: string;
  readonly _meta: {
    readonly offset: number;
    readonly transaction: number | null;
    readonly invalidated: { readonly reason: string } | null;
  };
}

/** What a surface answers of a key. */
export interface SurfaceNode {
  readonly id: string;
  readonly version: number;
  readonly hash: string | null;
}

const long = z.coerce.number().int().min(0);
const version = long.nullable();
const rejection = z.object({ code: z.string(), currentVersion: version }).nullable();

export const sentAnswer: z.ZodType<SentCommand> = z.object({
  status: z.string(),
  rejection,
  id: z.string().nullish(),
  commandId: z.string().nullish(),
  receipt: z.string().nullish(),
  version: version.optional(),
  document: z.record(z.string(), z.unknown()).nullish(),
  events: z.array(z.record(z.string(), z.unknown())).nullish(),
});

const event = z.object({ id: z.string(), type: z.string().nullable(), version: long, dropped: z.boolean() });

export const outcomeAnswer: z.ZodType<{ readonly command: ToldOutcome }> = z.object({
  command: z.object({
    kind: z.string(),
    status: z.string(),
    id: z.string().nullable(),
    version,
    transaction: version,
    rejection,
    events: z.array(event),
  }),
});

export const documentAnswer: z.ZodType<ShownDocument> = z
  .object({ _meta: z.object({ version: long }) })
  .loose()
  .nullable();

const meta = z.object({
  offset: long,
  transaction: version,
  invalidated: z.object({ reason: z.string() }).nullable(),
});

export const historyAnswer: z.ZodType<{ readonly events: { readonly nodes: readonly ShownEvent[] } }> = z.object({
  events: z.object({ nodes: z.array(z.object({ __typename: z.string(), _meta: meta }).loose()) }),
});

export const surfaceAnswer: z.ZodType<{
  readonly surface: {
    readonly nodes: readonly SurfaceNode[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}> = z.object({
  surface: z.object({
    nodes: z.array(z.object({ id: z.string(), version: long, hash: z.string().nullable() })),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  }),
});
