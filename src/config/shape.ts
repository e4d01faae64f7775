import { z } from "zod";
import type { CatalogIndexes } from "../catalog/column-indexes.ts";
import type { CatalogHints } from "../catalog/hints.ts";
import type { Decider } from "../model/decider.ts";
import type { Route } from "../rest/route-config.ts";
import type { Authorize } from "../security/authorize.ts";
import type { Policies } from "../security/policies.ts";
import { type ShapedAuth, authShape, policiesShape } from "./auth-shape.ts";
import { decidersShape } from "./deciders-shape.ts";
import { projectionsShape, streamsShape } from "./flows-shape.ts";
import { routesShape } from "./routes-shape.ts";
import { list, onOff, oneOf, text, whole } from "./parsers.ts";
import { isTree } from "./sources.ts";
import { topicSettingsShape } from "./topic-settings.ts";
import type { Config, KafkaSasl, LogFormat, LogLevel, StackKind } from "./types.ts";

const filePath = text(/\S/, "a path");
const topicName = text(/^[\w.-]{1,249}$/, "topic names of letters, digits, '.', '_' and '-', separated by commas");
const flowName = text(/^[\w.-]{1,249}$/, "names of projections and streams, separated by commas");
const broker = text(/^(\[[\da-f:.]+\]|[^\s:,/@]+):\d{1,5}$/i, "host:port, several separated by commas");
const count = whole(1, 1_000_000);

const isAuthorize = (value: unknown): value is Authorize => typeof value === "function";

const isHints = (value: unknown): value is CatalogHints => isTree(value) && Object.values(value).every(isTree);

const INDEXES = 'a list of indexes for each aggregate: "column", ["column", …] or [{ column: "DESC" }, …]';
const direction = z.enum(["ASC", "DESC"], { error: '"ASC" or "DESC"' });
const indexedColumn = z.union([z.string(), z.record(z.string(), direction)], { error: INDEXES });
const indexes = z.record(
  z.string(),
  z.array(z.union([z.string(), z.array(indexedColumn)], { error: INDEXES }), { error: INDEXES }),
  {
    error: INDEXES,
  },
);

const ssl = z.object({
  enabled: onOff.optional(),
  caFile: filePath.optional(),
  certFile: filePath.optional(),
  keyFile: filePath.optional(),
});

const sasl = z.object({
  mechanism: oneOf("plain", "scram-sha-256", "scram-sha-512").default("plain"),
  username: text(/./, "a user name").optional(),
  password: text(/./, "a password").optional(),
});

const kafka = z.object({
  brokers: list(broker, "host:port, several separated by commas").optional(),
  clientId: text(/^[\w.-]{1,255}$/, "letters, digits, '.', '_' and '-'").default("eventql"),
  groupPrefix: text(/^[\w.-]{1,200}$/, "letters, digits, '.', '_' and '-'").default("eventql"),
  idHeader: text(/^\S{1,255}$/, "the name of a header, without spaces").default("ce_id"),
  ssl: ssl.prefault({}),
  sasl: sasl.prefault({}),
});

const limits = z.object({
  depth: whole(1, 1_000).default(16),
  aliases: whole(0, 10_000).default(30),
  tokens: whole(10, 1_000_000).default(4_000),
  bodyBytes: whole(1_024, 1_073_741_824).default(1_048_576),
  inLength: count.default(1_000),
  pageSize: count.default(100),
  maxPageSize: count.default(1_000),
  cost: whole(1, 1_000_000_000).default(500_000),
  queryMs: whole(1, 3_600_000).default(10_000),
  scannedDocuments: whole(1, 1_000_000_000_000).default(1_000_000),
  waiters: count.default(10_000),
  subscriptions: count.default(10_000),
  bufferedBytes: whole(1_024, 1_073_741_824).default(1_048_576),
});

const webUrl = z.url({ protocol: /^https?$/, error: "a URL that begins with http:// or https://" });
const mongoUrl = text(/^mongodb(\+srv)?:\/\/[^\s/]/, "a URL that begins with mongodb:// or mongodb+srv://");

const someRoles = "gateway, projector, processor or some of them";
const roles = list(z.enum(["gateway", "projector", "processor"], { error: someRoles }), someRoles);

const shape = z.object({
  stack: oneOf("embedded", "real").optional(),
  host: text(/^[^\s/@]+$/, "a host name or an address, without scheme and port").default("127.0.0.1"),
  port: whole(0, 65_535).default(4_000),
  data: filePath.default(".eventql"),
  schemas: filePath.default("schemas"),
  lock: filePath.default("eventql.lock.json"),
  roles: roles.default(["gateway", "projector", "processor"]),
  sample: onOff.default(false),
  createTopics: onOff.optional(),
  topics: list(topicName, "topic names, separated by commas").optional(),
  kafka: kafka.prefault({}),
  registry: z
    .object({ url: webUrl.default("http://127.0.0.1:8081"), pollMs: whole(100, 86_400_000).default(5_000) })
    .prefault({}),
  mongodb: z
    .object({
      url: mongoUrl.default("mongodb://127.0.0.1:27017/?replicaSet=rs0"),
      database: text(/^[^\s/\\."$]{1,63}$/, 'a name without spaces, "/", "\\", ".", "$" and quotes').default("eventql"),
    })
    .prefault({}),
  limits: limits.prefault({}),
  auth: authShape,
  policies: policiesShape,
  introspection: onOff.optional(),
  graphiql: onOff.optional(),
  explain: onOff.optional(),
  persistedOperations: z.object({ path: filePath.optional(), only: onOff.default(true) }).prefault({}),
  allowAnonymous: onOff.default(false),
  logLevel: oneOf("debug", "info", "warn", "error", "silent").default("info"),
  logFormat: oneOf("auto", "json", "pretty").default("auto"),
  authorize: z
    .custom<Authorize>(isAuthorize, { error: "a function (context, action, aggregate) => decision" })
    .optional(),
  hints: z.custom<CatalogHints>(isHints, { error: "an object of hints by the records' full names" }).optional(),
  indexes: indexes.optional(),
  aggregates: decidersShape,
  projections: projectionsShape,
  streams: streamsShape,
  only: list(flowName, "names of projections and streams, separated by commas").optional(),
  swap: oneOf("auto", "manual").default("auto"),
  topicSettings: topicSettingsShape,
  routes: routesShape,
});

/** The settings, each valid by itself, with defaults where they depend on nothing. */
export interface ShapedSettings extends Pick<
  Config,
  | "host"
  | "port"
  | "data"
  | "schemas"
  | "roles"
  | "sample"
  | "registry"
  | "mongodb"
  | "limits"
  | "allowAnonymous"
  | "swap"
> {
  readonly stack?: StackKind | undefined;
  readonly schemas: string;
  readonly lock: string;
  readonly createTopics?: boolean | undefined;
  readonly topics?: readonly string[] | undefined;
  readonly kafka: {
    readonly brokers?: readonly string[] | undefined;
    readonly clientId: string;
    readonly groupPrefix: string;
    readonly idHeader: string;
    readonly ssl: {
      readonly enabled?: boolean | undefined;
      readonly caFile?: string | undefined;
      readonly certFile?: string | undefined;
      readonly keyFile?: string | undefined;
    };
    readonly sasl: {
      readonly mechanism: KafkaSasl["mechanism"];
      readonly username?: string | undefined;
      readonly password?: string | undefined;
    };
  };
  readonly introspection?: boolean | undefined;
  readonly graphiql?: boolean | undefined;
  readonly explain?: boolean | undefined;
  readonly persistedOperations: { readonly path?: string | undefined; readonly only: boolean };
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly auth: ShapedAuth;
  readonly policies?: Policies | undefined;
  readonly authorize?: Authorize | undefined;
  readonly hints?: CatalogHints | undefined;
  readonly indexes?: CatalogIndexes | undefined;
  readonly aggregates?: readonly Decider[] | undefined;
  readonly projections?: Config["projections"];
  readonly streams?: Config["streams"];
  readonly only?: Config["only"];
  readonly topicSettings?: Config["topicSettings"];
  readonly routes?: Readonly<Record<string, Route>> | undefined;
}

/** What is wrong with one setting: where, and what would be right. */
export interface ShapeProblem {
  readonly path: readonly PropertyKey[];
  readonly expected: string;
}

/** Checks each setting by itself. */
export function shapeSettings(tree: unknown): ShapedSettings | readonly ShapeProblem[] {
  const { success, data, error } = shape.safeParse(tree);
  return success ? data : error.issues.map(({ path, message }) => ({ path, expected: message }));
}
