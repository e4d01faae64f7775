import type { CatalogIndexes } from "../catalog/column-indexes.ts";
import type { CatalogHints } from "../catalog/hints.ts";
import type { Decider } from "../model/decider.ts";
import type { Projection } from "../model/projection.ts";
import type { Flow } from "../model/stream.ts";
import type { Route, Routes } from "../rest/route-config.ts";
import type { ApiKeyConfig, AuthConfig, JwtConfig } from "../security/auth-config.ts";
import type { Authorize } from "../security/authorize.ts";
import type { Policies } from "../security/policies.ts";
import type { TopicSettings } from "./topic-settings.ts";

/** Which back-ends stand behind the ports. */
export type StackKind = "embedded" | "real";

/** What a process does: serves GraphQL, keeps the read model, decides commands. */
export type Role = "gateway" | "projector" | "processor";

/** How much is logged: this level and those that are graver. */
export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** `auto`: pretty on a terminal, else JSON. */
export type LogFormat = "json" | "pretty" | "auto";

/** TLS to the brokers; the texts are PEM. */
export interface KafkaTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** How EventQL authenticates itself to the brokers. */
export interface KafkaSasl {
  readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
  readonly username: string;
  readonly password: string;
}

/** The event log of the real stack. */
export interface KafkaConfig {
  /** `host:port` each. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** The names of all consumer groups begin with it. */
  readonly groupPrefix: string;
  /** The header that holds an event's id, which is unique. */
  readonly idHeader: string;
  /** Undefined: no TLS. */
  readonly ssl: KafkaTls | undefined;
  readonly sasl: KafkaSasl | undefined;
}

/** What one request may ask for. */
export interface LimitsConfig {
  /** Nested selections of an operation. */
  readonly depth: number;
  readonly aliases: number;
  /** Tokens of a GraphQL document. */
  readonly tokens: number;
  readonly bodyBytes: number;
  /** The longest list that a filter may hold. */
  readonly inLength: number;
  /** Documents of a list where no `limit` is given. */
  readonly pageSize: number;
  /** The largest `limit`. */
  readonly maxPageSize: number;
  /** Objects that the answer of one operation may hold, at most. */
  readonly cost: number;
  /** ms that a query may run, its reads included. */
  readonly queryMs: number;
  /** Documents that one read may examine. */
  readonly scannedDocuments: number;
  /** Requests that may wait for the projection at a time. */
  readonly waiters: number;
  /** Subscriptions that may run at a time, in this process. */
  readonly subscriptions: number;
  /** Bytes that may wait for a slow subscriber. */
  readonly bufferedBytes: number;
}

/** Everything that was settled before the start: validated and frozen. */
export interface Config {
  readonly stack: StackKind;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** The embedded stack's folder, absolute. */
  readonly data: string;
  /** A folder of schemas to register at the start, absolute; undefined: none. */
  readonly schemas: string | undefined;
  /** The lock file of names in GraphQL, absolute. */
  readonly lock: string;
  /** What the lock file holds; undefined: there is none. */
  readonly lockText: string | undefined;
  readonly roles: readonly Role[];
  /** Whether a few example events are appended to the example's topic while it is empty. */
  readonly sample: boolean;
  /** Whether topics that don't exist are made. */
  readonly createTopics: boolean;
  /** Only these topics, by their exact names; undefined: all that have a schema. */
  readonly topics: readonly string[] | undefined;
  readonly kafka: KafkaConfig;
  readonly registry: {
    readonly url: string;
    /** How often, in ms, the registry is asked for new schemas. */
    readonly pollMs: number;
  };
  readonly mongodb: { readonly url: string; readonly database: string };
  readonly limits: LimitsConfig;
  /** Whether the API tells its schema. */
  readonly introspection: boolean;
  /** Whether browsers are shown GraphiQL. */
  readonly graphiql: boolean;
  /** Whether who asks is told how their reads were carried out. */
  readonly explain: boolean;
  readonly persistedOperations: {
    /** A file of operations, or a folder of such files, absolute; undefined: none. */
    readonly path: string | undefined;
    /** Whether no other operations are taken. */
    readonly only: boolean;
  };
  /** Whether anyone may call a server that is reachable from other machines. */
  readonly allowAnonymous: boolean;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** How callers prove who they are; undefined: they needn't. */
  readonly auth: AuthConfig | undefined;
  /** What each role may do; the catalog decides whether it fits. Undefined: none are configured. */
  readonly policies: Policies | undefined;
  /** The policy as a function, in place of `policies`; undefined: none is configured. */
  readonly authorize: Authorize | undefined;
  /** Hints that win over those in the schemas; the catalog checks what they say. */
  readonly hints: CatalogHints | undefined;
  /** Indexes besides those that hints ask for; the catalog checks what they say. */
  readonly indexes: CatalogIndexes | undefined;
  /** The rules of aggregates; the catalog checks what they name. */
  readonly aggregates: readonly Decider[] | undefined;
  /** Read models of their own; the catalog checks what they say. */
  readonly projections: readonly Projection[] | undefined;
  /** Dataflow between topics; the catalog checks what it says. */
  readonly streams: readonly Flow[] | undefined;
  /** The projections and streams that this process runs, by their names, and nothing else; undefined: all that its roles have. */
  readonly only: readonly string[] | undefined;
  /** Whether a projection that was built anew takes the place of the live one as soon as it can, or when it is told to. */
  readonly swap: "auto" | "manual";
  /** What topics are to be like that EventQL makes, by their names. */
  readonly topicSettings: Readonly<Record<string, TopicSettings>> | undefined;
  /** HTTP routes beside GraphQL, which fit together; the catalog decides whether they fit it. Undefined: there are none. */
  readonly routes: Readonly<Record<string, Route>> | undefined;
  /** Where each setting that is no default came from: its path to `--port`, `EVENTQL_PORT` or the file's name. */
  readonly sources: Readonly<Record<string, string>>;
}

/** What `eventql.config.ts` may hold: any part of the configuration, as code. */
export interface ConfigFile {
  readonly stack?: StackKind;
  readonly host?: string;
  readonly port?: number;
  /** Relative to the working directory. */
  readonly data?: string;
  readonly schemas?: string;
  readonly lock?: string;
  readonly roles?: readonly Role[];
  readonly sample?: boolean;
  readonly createTopics?: boolean;
  readonly topics?: readonly string[];
  readonly kafka?: {
    readonly brokers?: readonly string[];
    readonly clientId?: string;
    readonly groupPrefix?: string;
    readonly idHeader?: string;
    /** Files are PEM, relative to the working directory; naming one turns TLS on. */
    readonly ssl?: {
      readonly enabled?: boolean;
      readonly caFile?: string;
      readonly certFile?: string;
      readonly keyFile?: string;
    };
    readonly sasl?: Partial<KafkaSasl>;
  };
  readonly registry?: { readonly url?: string; readonly pollMs?: number };
  readonly mongodb?: { readonly url?: string; readonly database?: string };
  readonly limits?: Partial<LimitsConfig>;
  /** Default: on, but in production (`NODE_ENV`) off. */
  readonly introspection?: boolean;
  /** Default: on, but in production off. */
  readonly graphiql?: boolean;
  /** Default: on, but in production off. */
  readonly explain?: boolean;
  readonly persistedOperations?: {
    /** A file or a folder, relative to the working directory. */
    readonly path?: string;
    /** Whether no other operations are taken. Default: true. */
    readonly only?: boolean;
  };
  readonly allowAnonymous?: boolean;
  readonly logLevel?: LogLevel;
  readonly logFormat?: LogFormat;
  readonly auth?: {
    readonly jwt?: Partial<Omit<JwtConfig, "issuer" | "audience">> & {
      readonly issuer?: string | readonly string[];
      readonly audience?: string | readonly string[];
    };
    readonly apiKeys?: readonly ApiKeyConfig[];
    /** Default: `anonymous`. */
    readonly anonymousRole?: string;
    readonly required?: boolean;
    /** Default: `admin`. */
    readonly adminRoles?: readonly string[];
  };
  readonly policies?: Policies;
  readonly authorize?: Authorize;
  readonly hints?: CatalogHints;
  readonly indexes?: CatalogIndexes;
  /** The rules of aggregates, whose topics they make owned: `decider({ … })`. */
  readonly aggregates?: readonly Decider[];
  /** Read models of their own: `projection({ … })`, `windows({ … })`. */
  readonly projections?: readonly Projection[];
  /** Dataflow between topics: `stream("orders").filter(…).to("big-orders")`. */
  readonly streams?: readonly Flow[];
  /** The projections and streams that the process runs, by their names, and nothing else. */
  readonly only?: readonly string[];
  /** Default: `auto`. */
  readonly swap?: "auto" | "manual";
  readonly topicSettings?: Readonly<Record<string, TopicSettings>>;
  readonly routes?: Routes;
}
