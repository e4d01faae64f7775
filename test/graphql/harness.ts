import { type DocumentNode, type ExecutionResult, execute, parse, validate } from "graphql";
import { join } from "node:path";
import type { Catalog } from "../../src/catalog/types.ts";
import type { AppendRequest, Appended } from "../../src/command/appender.ts";
import type { CommandRequest } from "../../src/command/commands.ts";
import type { ProjectionOutcome, WaitedProjection } from "../../src/command/projection-waiter.ts";
import { EventQLError, isEventQLError } from "../../src/errors.ts";
import { buildValidSchema } from "../../src/graphql/build-valid-schema.ts";
import { awaitReceipts } from "../../src/graphql/consistency/await-receipts.ts";
import { createContext } from "../../src/graphql/context.ts";
import { createMaskError } from "../../src/graphql/errors.ts";
import { type GraphQLServices, defaultLimits } from "../../src/graphql/services.ts";
import { RunningSubscriptions } from "../../src/graphql/subscription/running.ts";
import type { Position } from "../../src/model/position.ts";
import { encodeReceipt } from "../../src/model/receipt.ts";
import type { Value } from "../../src/model/value.ts";
import { openEmbeddedReadModel } from "../../src/read-model/embedded/embedded-read-model.ts";
import type { Filter, FindOptions, ReadModel, StoredDocument } from "../../src/read-model/read-model.ts";
import { type Identity, type RequestContext, allowAll } from "../../src/security/authorize.ts";
import { noMetrics } from "../../src/telemetry/metrics.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { FakeCommands } from "./fake-commands.ts";

/** What a projector would have stored beside the columns. */
const META: Value = {
  partition: 2,
  offset: 41,
  type: "app.user.UserChanged",
  created: new Date("2024-05-17T10:00:00Z"),
  updated: new Date("2024-05-18T10:00:00Z"),
};

/** An API over the embedded read model, with a log and a projection that the test plays. */
export interface Harness {
  readonly services: GraphQLServices;
  /** Every read, in order. */
  readonly finds: readonly { readonly collection: string; readonly options: FindOptions }[];
  /** Every pipeline, in order. */
  readonly pipelines: readonly { readonly collection: string; readonly pipeline: readonly Filter[] }[];
  /** Every append, in order. */
  readonly appends: readonly (AppendRequest | { readonly tombstone: string })[];
  /** Every command that was sent, in order. */
  readonly sent: readonly CommandRequest[];
  /** Every wait, in order. */
  readonly waits: readonly {
    readonly position: Position;
    readonly timeoutMs: number;
    readonly of?: WaitedProjection;
  }[];
  store(
    collection: string,
    documents: readonly (Readonly<Record<string, Value>> & { readonly _id: string })[],
  ): Promise<void>;
  run(
    query: string,
    options?: {
      readonly variables?: Record<string, unknown>;
      readonly headers?: Record<string, string>;
      readonly identity?: Identity;
    },
  ): Promise<ExecutionResult>;
  close(): Promise<void>;
}

/** What the test decides of an API. */
export interface HarnessOptions extends Partial<
  Pick<
    GraphQLServices,
    | "authorize"
    | "changes"
    | "deadLetters"
    | "decidedEvents"
    | "events"
    | "history"
    | "introspection"
    | "limits"
    | "logger"
    | "mayAdminister"
    | "projections"
    | "subscriptions"
  >
> {
  /** How a wait ends; what is thrown is its error. */
  readonly outcome?: () => ProjectionOutcome | Promise<ProjectionOutcome>;
  readonly appendFails?: EventQLError;
  /** Who decides on commands. Default: one who leads each to an event of no type. */
  readonly commands?: FakeCommands;
  /** Default: an embedded one, of this API alone. */
  readonly readModel?: ReadModel;
}

async function unused(): Promise<never> {
  throw new TypeError("the test subscribes to nothing");
}

/** Opens an API of a catalog. */
export async function openHarness(catalog: Catalog, options: HarnessOptions = {}): Promise<Harness> {
  const folder = await temporaryFolder();
  const file = join(folder.path, "model.sqlite");
  const readModel = options.readModel ?? openEmbeddedReadModel({ file, logger: silentLogger });
  const { readModel: _given, outcome: _outcome, appendFails: _appendFails, commands, ...chosen } = options;
  const decides = commands ?? new FakeCommands();
  const finds: { collection: string; options: FindOptions }[] = [];
  const pipelines: { collection: string; pipeline: readonly Filter[] }[] = [];
  const appends: (AppendRequest | { tombstone: string })[] = [];
  const waits: { position: Position; timeoutMs: number; of?: WaitedProjection }[] = [];
  const services: GraphQLServices = {
    catalog,
    newestCatalog: () => catalog,
    readModel: recording(readModel, finds, pipelines),
    appender: {
      append: async (request) => {
        if (options.appendFails !== undefined) throw options.appendFails;
        appends.push(request);
        return appendedAt(request.eventType.topic, request.id ?? "made-by-the-appender", appends.length - 1);
      },
      appendTombstone: async ({ topic }, id) => {
        appends.push({ tombstone: id });
        return appendedAt(topic, id, appends.length - 1);
      },
    },
    commands: decides,
    decidedEvents: { read: unused },
    waiter: {
      wait: async (position, timeoutMs, of) => {
        waits.push({ position, timeoutMs, ...(of && { of }) });
        return options.outcome === undefined ? "PROJECTED" : options.outcome();
      },
      close: async () => {},
    },
    changes: { subscribe: unused, moved: () => {}, close: unused },
    events: { subscribe: unused, page: unused, close: unused },
    history: { events: unused, documentAt: unused },
    projections: { list: unused, rebuild: unused, swap: unused, restore: unused, discard: unused, compare: unused },
    deadLetters: { list: unused, find: unused, waitingBehind: unused, settle: unused, retryAll: unused },
    mayAdminister: () => true,
    subscriptions: new RunningSubscriptions(noMetrics),
    metrics: noMetrics,
    authorize: allowAll,
    limits: defaultLimits,
    introspection: true,
    logger: silentLogger,
    ...chosen,
  };
  const schema = buildValidSchema(services);
  const maskError = createMaskError(services.logger);
  const answer = async (
    document: DocumentNode,
    variableValues: Record<string, unknown>,
    caller: Pick<RequestContext, "headers" | "identity">,
  ) => {
    const contextValue = createContext(services, { ...caller, remoteAddress: undefined });
    const args = { schema, document, variableValues, contextValue };
    try {
      await awaitReceipts(args, contextValue);
    } catch (error) {
      if (!isEventQLError(error)) throw error;
      return { errors: [maskError(error)] };
    }
    return execute(args);
  };
  let commits = 0;
  return {
    services,
    finds,
    pipelines,
    appends,
    sent: decides.sent,
    waits,
    store: async (collection, documents) => {
      commits += 1;
      const checkpoint = { projection: `p${commits}`, topic: "t", partition: 0, next: 0, generation: 1, partitions: 1 };
      await readModel.ensureCollections([{ name: collection }]);
      await readModel.openCheckpoint(checkpoint);
      const inserts = documents.map((document) => ({ _meta: META, ...document }));
      const writes = [{ collection, inserts, replacements: [], deletions: [] }];
      await readModel.commit({ checkpoint: { ...checkpoint, next: 1 }, from: 0, writes });
    },
    run: async (query, { variables = {}, headers = {}, identity } = {}) => {
      const document = parse(query);
      const invalid = validate(schema, document);
      const result =
        invalid.length > 0 ? { errors: invalid } : await answer(document, variables, { headers, identity });
      return result.errors === undefined ? result : { ...result, errors: result.errors.map(maskError) };
    },
    close: async () => {
      await readModel.close();
      await folder.remove();
    },
  };
}

/** The codes of a result's errors. */
export function codes({ errors }: ExecutionResult): readonly unknown[] {
  return (errors ?? []).map(({ extensions }) => extensions["code"]);
}

/** The messages of a result's errors. */
export function messages({ errors }: ExecutionResult): string {
  return (errors ?? []).map(({ message }) => message).join("\n");
}

/** A document as JSON has it: without the prototypes that GraphQL leaves out. */
export function dataOf({ data, errors }: ExecutionResult): unknown {
  if (errors !== undefined) throw new TypeError(errors.map(({ message }) => message).join("\n"));
  return JSON.parse(JSON.stringify(data));
}

function appendedAt(topic: string, id: string, offset: number): Appended {
  const position = { topic, partition: 0, offset };
  return { id, eventId: `event-${offset}`, position, receipt: encodeReceipt(position) };
}

function recording(
  readModel: ReadModel,
  finds: { collection: string; options: FindOptions }[],
  pipelines: { collection: string; pipeline: readonly Filter[] }[],
): ReadModel {
  const find = async (collection: string, options: FindOptions): Promise<readonly StoredDocument[]> => {
    finds.push({ collection, options });
    return readModel.find(collection, options);
  };
  const aggregate: ReadModel["aggregate"] = async (collection, pipeline, options) => {
    pipelines.push({ collection, pipeline });
    return readModel.aggregate(collection, pipeline, options);
  };
  return new Proxy(readModel, {
    get: (target, property) => {
      if (property === "find") return find;
      if (property === "aggregate") return aggregate;
      const member: unknown = Reflect.get(target, property, target);
      // Its private fields are the target's alone.
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
