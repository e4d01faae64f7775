/** A setting and the places that it may stand in. */
export interface Setting {
  /** Where it stands in `eventql.config.ts`, and in what `eventql config` prints. */
  readonly path: string;
  readonly flag?: string;
  readonly env?: string;
  /** `url`: its credentials are masked; `all`: it is never shown. */
  readonly secret?: "url" | "all";
}

/** Every setting, in the order in which they are shown. */
export const settings: readonly Setting[] = [
  { path: "stack", flag: "--stack", env: "EVENTQL_STACK" },
  { path: "host", flag: "--host", env: "EVENTQL_HOST" },
  { path: "port", flag: "--port", env: "EVENTQL_PORT" },
  { path: "data", flag: "--data", env: "EVENTQL_DATA" },
  { path: "schemas", flag: "--schemas", env: "EVENTQL_SCHEMAS" },
  { path: "lock", env: "EVENTQL_LOCK" },
  { path: "roles", flag: "--roles", env: "EVENTQL_ROLES" },
  { path: "sample", flag: "--sample", env: "EVENTQL_SAMPLE" },
  { path: "createTopics", flag: "--create-topics", env: "EVENTQL_CREATE_TOPICS" },
  { path: "topics", flag: "--topics", env: "EVENTQL_TOPICS" },
  { path: "kafka.brokers", env: "KAFKA_BROKERS" },
  { path: "kafka.clientId", env: "KAFKA_CLIENT_ID" },
  { path: "kafka.groupPrefix", env: "EVENTQL_GROUP" },
  { path: "kafka.idHeader", env: "EVENTQL_ID_HEADER" },
  { path: "kafka.ssl.enabled", env: "KAFKA_SSL_ENABLED" },
  { path: "kafka.ssl.caFile", env: "KAFKA_SSL_CA_FILE" },
  { path: "kafka.ssl.certFile", env: "KAFKA_SSL_CERT_FILE" },
  { path: "kafka.ssl.keyFile", env: "KAFKA_SSL_KEY_FILE" },
  { path: "kafka.sasl.mechanism", env: "KAFKA_SASL_MECHANISM" },
  { path: "kafka.sasl.username", env: "KAFKA_SASL_USERNAME" },
  { path: "kafka.sasl.password", env: "KAFKA_SASL_PASSWORD", secret: "all" },
  { path: "registry.url", env: "SCHEMA_REGISTRY_URL", secret: "url" },
  { path: "registry.pollMs", env: "SCHEMA_REGISTRY_POLL_MS" },
  { path: "mongodb.url", env: "MONGODB_URL", secret: "url" },
  { path: "mongodb.database", env: "MONGODB_DATABASE" },
  { path: "limits.depth", env: "EVENTQL_LIMIT_DEPTH" },
  { path: "limits.aliases", env: "EVENTQL_LIMIT_ALIASES" },
  { path: "limits.tokens", env: "EVENTQL_LIMIT_TOKENS" },
  { path: "limits.bodyBytes", env: "EVENTQL_LIMIT_BODY_BYTES" },
  { path: "limits.inLength", env: "EVENTQL_LIMIT_IN_LENGTH" },
  { path: "limits.pageSize", env: "EVENTQL_LIMIT_PAGE_SIZE" },
  { path: "limits.maxPageSize", env: "EVENTQL_LIMIT_MAX_PAGE_SIZE" },
  { path: "limits.cost", env: "EVENTQL_LIMIT_COST" },
  { path: "limits.queryMs", env: "EVENTQL_LIMIT_QUERY_MS" },
  { path: "limits.scannedDocuments", env: "EVENTQL_LIMIT_SCANNED_DOCUMENTS" },
  { path: "limits.waiters", env: "EVENTQL_LIMIT_WAITERS" },
  { path: "limits.subscriptions", env: "EVENTQL_LIMIT_SUBSCRIPTIONS" },
  { path: "limits.bufferedBytes", env: "EVENTQL_LIMIT_BUFFERED_BYTES" },
  { path: "introspection", env: "EVENTQL_INTROSPECTION" },
  { path: "graphiql", env: "EVENTQL_GRAPHIQL" },
  { path: "explain", env: "EVENTQL_EXPLAIN" },
  { path: "persistedOperations.path", env: "EVENTQL_PERSISTED_OPERATIONS" },
  { path: "persistedOperations.only", env: "EVENTQL_PERSISTED_OPERATIONS_ONLY" },
  { path: "allowAnonymous", flag: "--allow-anonymous", env: "EVENTQL_ALLOW_ANONYMOUS" },
  { path: "logLevel", flag: "--log-level", env: "EVENTQL_LOG_LEVEL" },
  { path: "logFormat", flag: "--log-format", env: "EVENTQL_LOG_FORMAT" },
  { path: "auth.jwt.jwksUrl", env: "EVENTQL_JWKS_URL", secret: "url" },
  // Masked, for it may be a private key by mistake.
  { path: "auth.jwt.publicKey", env: "EVENTQL_JWT_PUBLIC_KEY", secret: "all" },
  { path: "auth.jwt.secret", env: "EVENTQL_JWT_SECRET", secret: "all" },
  { path: "auth.jwt.algorithms", env: "EVENTQL_JWT_ALGORITHMS" },
  { path: "auth.jwt.issuer", env: "EVENTQL_JWT_ISSUER" },
  { path: "auth.jwt.audience", env: "EVENTQL_JWT_AUDIENCE" },
  { path: "auth.jwt.clockTolerance", env: "EVENTQL_JWT_CLOCK_TOLERANCE" },
  { path: "auth.jwt.roleClaim", env: "EVENTQL_JWT_ROLE_CLAIM" },
  { path: "auth.jwt.defaultRole", env: "EVENTQL_JWT_DEFAULT_ROLE" },
  { path: "auth.apiKeys", env: "EVENTQL_API_KEYS", secret: "all" },
  { path: "auth.anonymousRole", env: "EVENTQL_ANONYMOUS_ROLE" },
  { path: "auth.required", env: "EVENTQL_AUTH_REQUIRED" },
  { path: "auth.adminRoles", env: "EVENTQL_ADMIN_ROLES" },
  { path: "policies" },
  { path: "authorize" },
  { path: "hints" },
  { path: "indexes" },
  { path: "aggregates" },
  { path: "projections" },
  { path: "streams" },
  { path: "only", flag: "--only", env: "EVENTQL_ONLY" },
  { path: "swap", flag: "--swap", env: "EVENTQL_SWAP" },
  { path: "topicSettings" },
  { path: "routes" },
];

const byPath = new Map(settings.map((setting) => [setting.path, setting]));

/** The setting of a path, or of the nearest path above it. */
export function settingAt(path: readonly PropertyKey[]): Setting | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const setting = byPath.get(path.slice(0, length).join("."));
    if (setting !== undefined) return setting;
  }
  return undefined;
}
