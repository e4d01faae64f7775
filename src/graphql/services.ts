import type { Catalog } from "../catalog/types.ts";
import type { Appender } from "../command/appender.ts";
import type { Commands } from "../command/commands.ts";
import type { ProjectionWaiter } from "../command/projection-waiter.ts";
import type { ChangeFeed } from "../feed/change-feed.ts";
import type { EventFeed } from "../feed/event-feed.ts";
import type { DecidedEvents } from "../history/decided-events.ts";
import type { History } from "../history/history.ts";
import type { ProjectionAdministration } from "../model/builds.ts";
import type { DeadLetterAdministration } from "../model/dead-letter-administration.ts";
import type { ReadModel } from "../read-model/read-model.ts";
import type { Authorize, RequestContext } from "../security/authorize.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { RunningSubscriptions } from "./subscription/running.ts";

/** Bounds on what one GraphQL request may ask for. */
export interface GraphQLLimits {
  /** Documents of a list where no `limit` is given. */
  readonly defaultPageSize: number;
  /** The largest `limit`. */
  readonly maxPageSize: number;
  /** Documents that the pages of one relation may hold together, for all the documents that it is asked of. */
  readonly maxRelatedDocuments: number;
  /** The longest list that a filter may hold: `in`, `notIn`, `hasSome`, `hasEvery`, `AND`, `OR`. */
  readonly maxInLength: number;
  /** How many conditions one `where` may have, groups of them counted too: each is tested for every document. */
  readonly maxWhereConditions: number;
  /** How deep `AND`, `OR`, `NOT`, nested records, elements of lists and related documents may go in one `where`. */
  readonly maxWhereDepth: number;
  /** How many relations one `where` may follow: each is a search among other documents for each document. */
  readonly maxJoins: number;
  /** The keys of related documents that are looked for before the documents themselves; where there are more, each is joined. */
  readonly maxJoinKeys: number;
  /** The longest text, in UTF-16 code units, that `contains`, `startsWith` and `endsWith` take. */
  readonly maxPatternLength: number;
  /** Documents that one read may examine. */
  readonly maxExaminedDocuments: number;
  /** ms that one read may take, and the reads of one query together. */
  readonly maxQueryMs: number;
  /** Events of histories that one request may read, whether it shows them or folds them. */
  readonly maxHistoryEvents: number;
  /** Receipts that one query may wait for. */
  readonly maxReceipts: number;
  /** How long a wait for the projection lasts where nothing else is said, in ms. */
  readonly defaultWaitMs: number;
  /** The longest wait for the projection, in ms: a longer one is cut to it. */
  readonly maxWaitMs: number;
  /** Subscriptions that may run at a time, in this process. */
  readonly maxSubscriptions: number;
}

/** The limits where none are configured. */
export const defaultLimits: GraphQLLimits = {
  defaultPageSize: 100,
  maxPageSize: 1_000,
  maxRelatedDocuments: 10_000,
  maxInLength: 1_000,
  maxWhereConditions: 500,
  maxWhereDepth: 16,
  maxJoins: 8,
  maxJoinKeys: 25_000,
  maxPatternLength: 1_000,
  maxExaminedDocuments: 1_000_000,
  maxQueryMs: 10_000,
  maxHistoryEvents: 10_000,
  maxReceipts: 100,
  defaultWaitMs: 2_000,
  maxWaitMs: 30_000,
  maxSubscriptions: 10_000,
};

/** What the GraphQL API is built on. */
export interface GraphQLServices {
  readonly catalog: Catalog;
  /** The one that is in use by now, if another. */
  readonly newestCatalog: () => Catalog;
  readonly readModel: ReadModel;
  readonly appender: Appender;
  /** Of owned topics. */
  readonly commands: Commands;
  /** What commands have led to. */
  readonly decidedEvents: DecidedEvents;
  readonly waiter: ProjectionWaiter;
  readonly changes: ChangeFeed;
  readonly events: EventFeed;
  readonly history: History;
  readonly projections: ProjectionAdministration;
  readonly deadLetters: DeadLetterAdministration;
  /** Whether a caller may do what only administrators may. */
  readonly mayAdminister: (caller: RequestContext) => boolean;
  /** One for the process, whatever catalog it has. */
  readonly subscriptions: RunningSubscriptions;
  readonly metrics: Metrics;
  readonly authorize: Authorize;
  readonly limits: GraphQLLimits;
  /** Whether callers may learn what the API is made of. */
  readonly introspection: boolean;
  readonly logger: Logger;
}
