import { vi } from "vitest";
import { codesOf, graphql } from "../../support/graphql-client.ts";
import type { IfVersion, ModelEvent, Request, Said, TopicName } from "./decide.ts";
import type { ModelTopics } from "./domain.ts";
import {
  type SentCommand,
  type ShownDocument,
  type ShownEvent,
  type SurfaceNode,
  type ToldOutcome,
  documentAnswer,
  historyAnswer,
  outcomeAnswer,
  sentAnswer,
  surfaceAnswer,
} from "./answers.ts";

export type Wait = "NONE" | "APPENDED" | "DECIDED" | "PROJECTED";

/** How a request is sent. */
export interface Sending {
  readonly commandId?: string;
  readonly wait?: Wait;
  readonly dryRun?: boolean;
}

/** Of a topic: the field of its documents, and what is selected of them and of their events. */
const NODES: Readonly<Record<TopicName, { readonly field: string; readonly columns: string; readonly said: string }>> =
  {
    counters: { field: "counter", columns: "value", said: "... on CounterCreated { value } ... on Counted { by }" },
    notes: { field: "note", columns: "text", said: "... on NoteSet { text }" },
    accounts: {
      field: "account",
      columns: "owner amount",
      said: "... on AccountOpened { owner } ... on MoneyMoved { amount }",
    },
  };

const META = "_meta { offset transaction invalidated { reason } }";
const MEMBERS: Readonly<Record<TopicName, readonly string[]>> = {
  counters: ["CounterCreated", "Counted", "CounterClosed"],
  notes: ["NoteSet", "NoteTombstone"],
  accounts: ["AccountOpened", "MoneyMoved", "AccountTombstone"],
};

/** Speaks with a gateway about the model's topics. */
export class ModelClient {
  readonly #url: string;
  readonly #topics: ModelTopics;

  constructor(url: string, topics: ModelTopics) {
    this.#url = url;
    this.#topics = topics;
  }

  /** Sends a request; a GraphQL error is told as the status `ERROR <code>`. */
  async send(request: Request, { commandId, wait, dryRun }: Sending): Promise<SentCommand> {
    const common = { commandId, wait, timeoutMs: 25_000 };
    const answer = await graphql(this.#url, mutationOf(request, dryRun !== undefined), {
      ...common,
      dryRun,
      ...this.#variables(request),
    });
    if (answer.errors !== undefined) return { status: `ERROR ${codesOf(answer).join()}`, rejection: null };
    return sentAnswer.parse(answer.data?.["did"]);
  }

  /** How a command ended, once that is known. */
  async outcome(id: string): Promise<ToldOutcome> {
    const query = `query ($id: ID!) { command(id: $id) {
      kind status id version transaction rejection { code currentVersion } events { id type version dropped }
    } }`;
    return await vi.waitFor(async () => outcomeAnswer.parse(await this.#data(query, { id })).command, {
      timeout: 20_000,
      interval: 10,
    });
  }

  /** The document behind what a receipt stands for. */
  async document(topic: TopicName, key: string, receipt?: string): Promise<ShownDocument> {
    const { field, columns } = NODES[topic];
    const since = receipt === undefined ? "" : `@consistentWith(receipt: ${JSON.stringify(receipt)}, timeoutMs: 20000)`;
    const query = `query ($key: ID!) ${since} { shown: ${field}(id: $key) { ${columns} _meta { version } } }`;
    return documentAnswer.parse((await this.#data(query, { key }))["shown"]);
  }

  async history(topic: TopicName, key: string): Promise<readonly ShownEvent[]> {
    const { field, said } = NODES[topic];
    const metas = MEMBERS[topic].map((type) => `... on ${type} { ${META} }`).join(" ");
    const query = `query ($key: ID!) { events: ${field}Events(id: $key, first: 1000) { nodes { __typename ${metas} ${said} } } }`;
    return historyAnswer.parse(await this.#data(query, { key })).events.nodes;
  }

  /** The newest event of every key of a topic, by pages. */
  async surface(topic: TopicName): Promise<readonly SurfaceNode[]> {
    const query = `query ($topic: String!, $after: String) { surface(topic: $topic, first: 7, after: $after) {
      nodes { id version hash } pageInfo { hasNextPage endCursor }
    } }`;
    const all: SurfaceNode[] = [];
    for (let after: string | null = null; ;) {
      const { surface } = surfaceAnswer.parse(await this.#data(query, { topic: this.#topics[topic], after }));
      all.push(...surface.nodes);
      if (!surface.pageInfo.hasNextPage) return all;
      after = surface.pageInfo.endCursor;
    }
  }

  async #data(query: string, variables: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    const { data, errors } = await graphql(this.#url, query, variables);
    if (errors !== undefined) throw new TypeError(`${query} ended with ${JSON.stringify(errors)}`);
    return data ?? {};
  }

  #variables(request: Request): Readonly<Record<string, unknown>> {
    if (request.kind === "invalidation")
      return { topic: this.#topics.accounts, id: String(request.transaction), reason: request.reason };
    if (request.kind === "transaction")
      return {
        events: request.events.map(({ key, type, said, ifVersion }) => ({
          [lower(type)]: { id: key, input: said, ifVersion: versionText(ifVersion) },
        })),
      };
    const { key, said, ifVersion, kind } = request;
    return { id: key, ifVersion: versionText(ifVersion), ...(kind !== "tombstone" && { input: said }) };
  }
}

const ARGUMENTS = { wait: "Wait", commandId: "ID", timeoutMs: "Int" } as const;
const SHOWN = "status commandId receipt rejection { code currentVersion }";

function mutationOf(request: Request, isTried: boolean): string {
  if (request.kind === "invalidation")
    return mutation("invalidateTransaction", { topic: "String!", id: "Long!", reason: "String!" }, SHOWN);
  if (request.kind === "transaction") return mutation("transaction", { events: "[TransactionEvent!]!" }, SHOWN);
  const { topic, kind, type } = request;
  const { field, columns, said } = NODES[topic];
  const key = { id: "ID!", ifVersion: "ExpectedVersion" };
  const shown = `${SHOWN} id version document: ${field} { ${columns} }`;
  if (kind === "tombstone") return mutation(`delete${upper(field)}`, key, `${SHOWN} id version`);
  const keyed = { ...key, input: `${type}Input!` };
  if (kind === "event") return mutation(lower(type), keyed, shown);
  const tried = isTried ? { ...keyed, dryRun: "Boolean" } : keyed;
  return mutation(lower(type), tried, `${shown} events { __typename ${said} }`);
}

function mutation(field: string, own: Readonly<Record<string, string>>, shown: string): string {
  const all = Object.entries({ ...ARGUMENTS, ...own });
  const variables = all.map(([name, type]) => `$${name}: ${type}`).join(", ");
  return `mutation (${variables}) { did: ${field}(${all.map(([name]) => `${name}: $${name}`).join(", ")}) { ${shown} } }`;
}

/** What a history and a mutation show of an event. */
export function shownEvent(topic: TopicName, { type, said }: ModelEvent): Readonly<Record<string, unknown>> {
  return { __typename: type === "" ? `${upper(NODES[topic].field)}Tombstone` : type, ...said };
}

/** What is shown of a document: columns that nothing has set are null, and sums are of the type `Long`. */
export function shownColumns(topic: TopicName, document: Said): Readonly<Record<string, unknown>> {
  const { amount, ...others } = document;
  const columns = Object.fromEntries(NODES[topic].columns.split(" ").map((column) => [column, null]));
  return { ...columns, ...others, ...(amount !== undefined && { amount: String(amount) }) };
}

function versionText(expected: IfVersion): string | undefined {
  return expected === undefined ? undefined : String(expected);
}

function lower(name: string): string {
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
}

function upper(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}
