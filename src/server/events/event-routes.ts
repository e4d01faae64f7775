import type { IncomingMessage, ServerResponse } from "node:http";
import { EventQLError } from "../../errors.ts";
import type { EventLog } from "../../event-log/event-log.ts";
import { RECORDS_TYPE } from "../../event-log/record-wire.ts";
import { isGraphQLContext } from "../../graphql/context.ts";
import type { RequestContext } from "../../security/authorize.ts";
import { type AccessControl, mayAdminister } from "../administration.ts";
import { callerOf, identify } from "../caller.ts";
import { CHALLENGE } from "../engine/authentication.ts";
import { maskAll, shownErrors } from "../engine/shown-errors.ts";
import type { Mask } from "../engine/transport.ts";
import { sendJson } from "../responses.ts";
import { type Telling, answerAppend, answerEvents, answerStream, answerTopics } from "./json/events-api.ts";
import { RecordsApi } from "./records/records-api.ts";
import { statusOf } from "./statuses.ts";

/** What `/events` serves. */
export interface EventRoutesOptions extends AccessControl {
  /** The log, for raw records. @throws EventQLError `NOT_READY`. Absent: there are none. */
  readonly eventLog?: (() => EventLog) | undefined;
  /** What answers requests as GraphQL's resolvers do. @throws EventQLError `NOT_READY`. */
  createContext(caller: RequestContext): object;
  /** Turns what was thrown into what clients may see. */
  readonly maskError: Mask;
  readonly limits: { readonly bodyBytes: number };
  /** Nothing says who may do what, and this machine alone can reach the server. */
  readonly onlyLoopback: boolean;
}

/** What answers below `/events`. */
export interface EventRoutes {
  /** Answers a request whose path is `/events` or begins with `/events/`. Never rejects. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** The server stops: nothing new is begun, and who waits is answered. */
  refuse(): void;
  /** Ends what reads the log. */
  close(): Promise<void>;
}

/** A request, and what its path names. */
interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Undefined: `/events` itself. */
  readonly topic: string | undefined;
  /** What stands behind the topic. */
  readonly part: string | undefined;
}

/** Makes the routes of events. */
export function createEventRoutes(options: EventRoutesOptions): EventRoutes {
  return new LogRoutes(options);
}

class LogRoutes implements EventRoutes {
  readonly #options: EventRoutesOptions;
  readonly #records: RecordsApi | undefined;
  #isRefusing = false;

  constructor(options: EventRoutesOptions) {
    this.#options = options;
    this.#records = options.eventLog && new RecordsApi(options.eventLog, "eventql-http");
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (this.#isRefusing) throw stopping();
      const [topic, part, ...more] = partsOf(request);
      if (more.length > 0) throw nothingHere(request);
      await this.#answer({ request, response, topic, part });
    } catch (error) {
      this.#fail(response, error);
    }
  }

  refuse(): void {
    this.#isRefusing = true;
    this.#records?.release();
  }

  async close(): Promise<void> {
    await this.#records?.close();
  }

  async #answer(asked: Asked): Promise<void> {
    const { request, topic, part } = asked;
    if (isRaw(asked)) return await this.#answerRaw(asked);
    if (part !== undefined && part !== "stream") throw nothingHere(request);
    const told = await this.#telling(asked);
    if (topic !== undefined && part === undefined && request.method === "POST")
      return await answerAppend(topic, request, told, this.#options.limits.bodyBytes);
    demandMethod(request, "GET", ...(topic === undefined || part !== undefined ? [] : ["POST"]));
    if (topic === undefined) return answerTopics(told);
    const isStream = part === "stream" || (request.headers.accept ?? "").includes("text/event-stream");
    if (isStream) await answerStream(topic, request, told);
    else await answerEvents(topic, request, told);
  }

  /** @throws EventQLError `UNAUTHENTICATED`, `TOKEN_EXPIRED`, `NOT_READY`. */
  async #telling({ request, response }: Asked): Promise<Telling> {
    const caller = await identify(callerOf(request), this.#options.authenticate);
    const context = this.#options.createContext(caller);
    if (!isGraphQLContext(context)) throw nothingHere(request);
    return { response, context, shown: (error) => this.#shown(error) };
  }

  async #answerRaw({ request, response, topic, part }: Asked): Promise<void> {
    const records = this.#records;
    if (records === undefined) throw nothingHere(request);
    if (!(await this.#mayReadRaw(request))) throw notAdministrator();
    if (topic === undefined) return await records.answerState(response);
    if (part === "records" && request.method === "POST") return await records.answerAppend(topic, request, response);
    demandMethod(request, "GET");
    if (part === "records") return await records.answerRecords(topic, request, response);
    if (part === "offsets") return await records.answerOffsets(topic, response);
    return await records.answerDescription(topic, response);
  }

  /** Hidden fields and all other topics are not for whoever can reach this machine, only because nobody is asked for a proof. */
  async #mayReadRaw(request: IncomingMessage): Promise<boolean> {
    const { onlyLoopback, authenticate, auth, authorize, policies } = this.#options;
    const isConfigured = [authenticate, auth, authorize, policies].some((setting) => setting !== undefined);
    return (isConfigured || onlyLoopback) && (await mayAdminister(request, this.#options));
  }

  /** In the form that GraphQL's errors have. */
  #fail(response: ServerResponse, error: unknown): void {
    if (response.headersSent) return void response.destroy();
    const { errors } = this.#shown(error);
    const status = statusOf(errors[0]?.extensions?.["code"]);
    const headers = { ...(status === 401 && CHALLENGE), ...(status === 503 && { "retry-after": "1" }) };
    // What is left of a body that was not read would be taken for the next request.
    if (!response.req.complete) response.setHeader("connection", "close");
    sendJson(response, status, { errors }, headers);
  }

  #shown(error: unknown): { readonly errors: ReturnType<typeof shownErrors> } {
    const { maskError, limits } = this.#options;
    return { errors: shownErrors(maskAll(error, maskError), limits.bodyBytes) };
  }
}

const RAW_PARTS: ReadonlySet<string> = new Set(["records", "offsets", "description"]);

function isRaw({ request, topic, part }: Asked): boolean {
  if (topic === undefined) return (request.headers.accept ?? "").includes(RECORDS_TYPE);
  return part !== undefined && RAW_PARTS.has(part);
}

/** What stands behind `/events`, unescaped. @throws EventQLError `BAD_USER_INPUT`. */
function partsOf({ url = "/" }: IncomingMessage): readonly string[] {
  const [path = "/"] = url.split("?");
  const parts = path.split("/").slice(2);
  try {
    return parts.map((part) => decodeURIComponent(part)).filter((part, at) => part !== "" || at < parts.length - 1);
  } catch {
    throw new EventQLError("BAD_USER_INPUT", "The request's path is not escaped as it should be.");
  }
}

function demandMethod({ method = "" }: IncomingMessage, ...allowed: readonly string[]): void {
  if (allowed.includes(method)) return;
  throw new EventQLError("BAD_USER_INPUT", `This address answers ${allowed.join(" and ")}, not ${method}.`);
}

function nothingHere({ url = "/" }: IncomingMessage): EventQLError {
  return new EventQLError(
    "TOPIC_NOT_FOUND",
    `There is nothing at ${url.split("?")[0]}: topics are at /events, the events of one at /events/<topic>.`,
  );
}

function notAdministrator(): EventQLError {
  return new EventQLError(
    "FORBIDDEN",
    "Raw records are for administrators: read events at /events/<topic>, or use a token with an admin role (`auth`).",
  );
}

function stopping(): EventQLError {
  return new EventQLError("SHUTTING_DOWN", "The server is stopping: send the request again in a moment.");
}
