import type DataLoader from "dataloader";
import type { Filter, StoredDocument } from "../read-model/read-model.ts";
import type { Action, RequestContext, Scope } from "../security/authorize.ts";
import type { ReadReport } from "./explain/read-report.ts";
import type { GraphQLServices } from "./services.ts";

/** Loads the documents of one collection by key, many keys in one read. */
type DocumentLoader = DataLoader<string, StoredDocument | null>;

/** What one request has read and may read. */
interface ReadSession {
  /** Whether reads see at least everything that this process knows to be projected. */
  causal: boolean;
  /** Whether it goes on for long, and reads where documents are by then. */
  isLive?: boolean;
  /** By collection. */
  readonly loaders: Map<string, DocumentLoader>;
  /** What the policy has said last, by action and aggregate. */
  readonly scopes: Map<Action, Map<string, Scope>>;
  /** When its reads must be over, in ms of the monotonic clock; undefined: each has its own time. */
  deadline?: number;
  /** How its reads were carried out; undefined: nobody asks. */
  reads?: ReadReport[];
}

/**
 * What resolvers know of a request. A transport may copy its fields into an object of its own, beside its own fields:
 * what changes during a request stands in `session`, which is shared.
 */
export interface GraphQLContext {
  readonly services: GraphQLServices;
  readonly caller: RequestContext;
  readonly session: ReadSession;
}

/** Makes the context of one request. */
export function createContext(services: GraphQLServices, request: RequestContext): GraphQLContext {
  return { services, caller: request, session: { causal: false, loaders: new Map(), scopes: new Map() } };
}

/** Whether a transport's context is one that {@link createContext} made, or holds its fields. */
export function isGraphQLContext(context: object): context is GraphQLContext {
  return "services" in context && "caller" in context && "session" in context;
}

/** A filter that both match; undefined is no restriction. */
export function bothFilters(filter: Filter, other: Filter | undefined): Filter {
  if (other === undefined || Object.keys(other).length === 0) return filter;
  return Object.keys(filter).length === 0 ? other : { $and: [filter, other] };
}
