import { type ExecutionResult, type GraphQLError, GraphQLSchema, parse, subscribe, validate } from "graphql";
import type { Catalog } from "../../../src/catalog/types.ts";
import { buildSchema } from "../../../src/graphql/build-schema.ts";
import { createContext } from "../../../src/graphql/context.ts";
import { createMaskError } from "../../../src/graphql/errors.ts";
import { type GraphQLServices, defaultLimits } from "../../../src/graphql/services.ts";
import { createLiveOperations } from "../../../src/graphql/subscription/create-live-operations.ts";
import type { StartLiveOperation } from "../../../src/graphql/subscription/live-operation.ts";
import { RunningSubscriptions } from "../../../src/graphql/subscription/running.ts";
import type { Sharing } from "../../../src/graphql/subscription/shared-operations.ts";
import { type Identity, type RequestContext, allowAll } from "../../../src/security/authorize.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { type Metrics, noMetrics } from "../../../src/telemetry/metrics.ts";
import { FakeChangeFeed, FakeEventFeed } from "./fake-feed.ts";

/** What one subscriber got. */
export interface Inbox {
  readonly results: ExecutionResult[];
  readonly texts: string[];
  /** Undefined: it goes on. */
  errors: readonly GraphQLError[] | undefined;
  hasRoom: boolean;
  close(): void;
}

/** Who subscribes, and with what. */
export interface Ask {
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
  readonly identity?: Identity | undefined;
  /** Default: one for each who subscribes. */
  readonly caller?: RequestContext;
}

/** The subscriptions of a catalog, over feeds that the test plays. */
export class Live {
  readonly changes: FakeChangeFeed = new FakeChangeFeed();
  readonly events: FakeEventFeed = new FakeEventFeed();
  /** Each subscription that began (1) or ended (-1). */
  readonly begunAndEnded: [field: string, change: 1 | -1][] = [];
  /** Results handed over, by field. */
  readonly delivered: Record<string, number> = {};
  readonly services: GraphQLServices;
  readonly schema: GraphQLSchema;
  readonly #start: StartLiveOperation;

  constructor(
    catalog: Catalog,
    options: Partial<
      Pick<
        GraphQLServices,
        "authorize" | "commands" | "limits" | "mayAdminister" | "newestCatalog" | "projections" | "readModel"
      >
    > & {
      readonly sharing?: Sharing;
    } = {},
  ) {
    const { authorize = allowAll, limits = defaultLimits, sharing = "identity" } = options;
    const { changes, events } = this;
    const metrics: Metrics = {
      ...noMetrics,
      subscribers: (...told) => void this.begunAndEnded.push(told),
      delivered: (field, results) => {
        this.delivered[field] = (this.delivered[field] ?? 0) + results;
      },
    };
    const unused = new Proxy(Object.create(null), {
      get: () => {
        throw new TypeError("subscriptions don't use this");
      },
    });
    const subscriptions = new RunningSubscriptions(metrics);
    const logger = silentLogger;
    const { readModel = unused, commands = unused } = options;
    const { projections = unused, mayAdminister = () => true } = options;
    const parts = {
      readModel,
      commands,
      projections,
      mayAdminister,
      decidedEvents: unused,
      appender: unused,
      waiter: unused,
      history: unused,
      deadLetters: unused,
    };
    const settings = { authorize, limits, introspection: true };
    const { newestCatalog = () => catalog } = options;
    this.services = { catalog, newestCatalog, ...parts, changes, events, subscriptions, metrics, ...settings, logger };
    this.schema = buildSchema(this.services);
    this.#start = createLiveOperations({ maskError: createMaskError(logger), sharing });
  }

  /** What an operation is executed with. */
  args(query: string, { variables, operationName, identity, caller }: Ask = {}): Parameters<StartLiveOperation>[0] {
    const document = parse(query);
    const invalid = validate(this.schema, document);
    if (invalid.length > 0) throw new AggregateError(invalid, invalid.map(({ message }) => message).join("\n"));
    const contextValue = createContext(this.services, caller ?? { identity, headers: {}, remoteAddress: undefined });
    return { schema: this.schema, document, contextValue, variableValues: variables, operationName };
  }

  /** Subscribes by the fast way. */
  async follow(query: string, ask?: Ask): Promise<Inbox> {
    const inbox: Inbox = { results: [], texts: [], errors: undefined, hasRoom: true, close: () => {} };
    const feed = await this.#start(this.args(query, ask), {
      next: (text) => {
        inbox.texts.push(text);
        inbox.results.push(JSON.parse(text));
      },
      hasRoom: () => inbox.hasRoom,
      room: async () => {},
      end: (errors) => {
        inbox.errors = errors;
      },
    });
    inbox.close = () => feed.close();
    return inbox;
  }

  /** Subscribes by the general way: the engine's. */
  async iterate(query: string, ask?: Ask): Promise<AsyncGenerator<ExecutionResult, void, void>> {
    const started = await subscribe(this.args(query, ask));
    if (Symbol.asyncIterator in started) return started;
    throw started.errors?.[0]?.originalError ?? started.errors?.[0] ?? new TypeError("no result");
  }
}

/** The code of an error in what `follow` or `iterate` throws. */
export async function codeOf(failing: Promise<unknown>): Promise<unknown> {
  try {
    await failing;
  } catch (error) {
    return createMaskError(silentLogger)(error).extensions["code"];
  }
  return undefined;
}

/** The message of what a promise is rejected with. */
export async function messageOfFailure(failing: Promise<unknown>): Promise<string> {
  try {
    await failing;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "";
}
