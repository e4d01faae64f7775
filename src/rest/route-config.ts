/** How long a write waits before it is answered; as of GraphQL's mutations. */
export type RouteWait = "NONE" | "APPENDED" | "DECIDED" | "PROJECTED";

/** The methods that write. */
export type WriteMethod = "POST" | "PUT" | "PATCH" | "DELETE";

/** The methods of routes; where there is GET, there is HEAD. */
export type RouteMethod = "GET" | WriteMethod;

interface AnyRoute {
  /** A sentence for the OpenAPI document. */
  readonly summary?: string | undefined;
  /**
   * The columns of the document that is answered, by their names in GraphQL; `id` is one too. Default: the id, and all
   * that the caller may see.
   */
  readonly columns?: readonly string[] | undefined;
}

/** Answers with a document by its key: the path has `{id}`. */
export interface ReadRoute extends AnyRoute {
  /** The aggregate. */
  readonly read: string;
}

interface AnyWriteRoute extends AnyRoute {
  /** Default: `NONE`. */
  readonly wait?: RouteWait | undefined;
  /** The longest wait in ms; after it the answer is 202 with the status `PENDING`. */
  readonly timeoutMs?: number | undefined;
  /** Of the answer. Default: 202 where it doesn't wait, else 201 where the path has no `{id}`, else 200. */
  readonly status?: 200 | 201 | 202 | undefined;
  /** The status of the answer to a refusal, by its code. Default: `NOT_FOUND` is 404, other codes of rules are 409. */
  readonly rejections?: Readonly<Record<string, number>> | undefined;
}

interface FilledRoute extends AnyWriteRoute {
  /**
   * Fields that the body doesn't have: from a parameter of the path, `"{name}"`, or of the query, `"{?name}"` (as in
   * RFC 6570). A parameter of the path that isn't named here fills the field of its name.
   */
  readonly fields?: Readonly<Record<string, string>> | undefined;
}

/** Sends a command; the body has its fields. */
export interface CommandRoute extends FilledRoute {
  /** The command type, by its name in GraphQL or its full name in Avro. */
  readonly command: string;
}

/** Appends an event; the body has its fields. */
export interface EventRoute extends FilledRoute {
  /** The event type, by its name in GraphQL or its full name in Avro. */
  readonly event: string;
}

/** Appends a tombstone: the path has `{id}`. */
export interface DeleteRoute extends AnyWriteRoute {
  /** The aggregate. */
  readonly delete: string;
}

/** What a route that writes does. */
export type WriteRoute = CommandRoute | EventRoute | DeleteRoute;

/** What a route does. */
export type Route = ReadRoute | WriteRoute;

/** HTTP routes by their methods and paths: `"PUT /values/{id}"`. `{id}` is the aggregate's key. */
export interface Routes {
  readonly [read: `GET /${string}`]: ReadRoute;
  readonly [write: `${WriteMethod} /${string}`]: WriteRoute;
}
