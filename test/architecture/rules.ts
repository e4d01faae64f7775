/** What a part of the source may import. A part is a folder, a port's own files, an adapter, or a file at the top. */
export interface PartRule {
  /** Other parts; every part may import itself. */
  readonly parts: readonly string[];
  /** Other parts whose types alone it may import. */
  readonly types?: readonly string[];
}

/** The ports' folders: their own files are the port's side, each folder named here is an adapter. */
export const ADAPTERS: Readonly<Record<string, readonly string[]>> = {
  "schema-registry": ["confluent", "embedded"],
  "event-log": ["kafka", "embedded", "http"],
  "read-model": ["mongodb", "embedded"],
};

const BASE = ["model", "errors", "telemetry"];
const PORTS = Object.keys(ADAPTERS);
const ANYTHING: PartRule = { parts: ["*"] };

/** What each part may import, a row a part. */
export const PARTS: Readonly<Record<string, PartRule>> = {
  errors: { parts: [] },
  model: { parts: ["errors"] },
  telemetry: { parts: ["errors"], types: ["model"] },
  ...Object.fromEntries(PORTS.map((port) => [port, { parts: ["model", "errors"], types: ["telemetry"] }])),
  ...Object.fromEntries(
    PORTS.flatMap((port) =>
      (ADAPTERS[port] ?? []).map((adapter) => [`${port}/${adapter}`, { parts: [port, ...BASE] }]),
    ),
  ),
  catalog: { parts: ["model", "errors", "schema-registry"], types: ["telemetry"] },
  fold: { parts: ["model", "errors"], types: ["catalog"] },
  projector: { parts: [...BASE, "catalog", "fold", "event-log", "read-model"] },
  command: { parts: [...BASE, "catalog", "fold", "event-log", "read-model"] },
  dataflow: { parts: [...BASE, "catalog", "fold", "event-log", "read-model"] },
  migration: { parts: [...BASE, "catalog", "command", "dataflow", "event-log", "projector", "read-model"] },
  codegen: { parts: ["model"], types: ["catalog"] },
  feed: { parts: [...BASE, "catalog", "event-log", "read-model"] },
  history: { parts: [...BASE, "catalog", "fold", "event-log", "read-model", "projector"] },
  graphql: { parts: [...BASE, "catalog", "command", "event-store", "feed", "history", ...PORTS], types: ["security"] },
  security: { parts: ["model", "errors"], types: ["read-model"] },
  rest: { parts: ["model", "errors", "catalog", "graphql"], types: ["security"] },
  "event-store": { parts: [...BASE, "catalog", "command", "feed", "event-log", "schema-registry"] },
  server: { parts: [...BASE, "graphql", "rest", "security", "config", "event-log"] },
  config: { parts: [...BASE, "rest", "security"], types: ["catalog"] },
  "data-lock": { parts: ["errors"] },
  sample: { parts: ["model", "errors", "command", "event-log"], types: ["catalog"] },
  runtime: {
    parts: [
      ...BASE,
      ...PORTS,
      "config",
      "catalog",
      "command",
      "feed",
      "fold",
      "history",
      "projector",
      "dataflow",
      "graphql",
      "rest",
      "security",
      "sample",
      "server",
    ],
  },
  compose: ANYTHING,
  "open-event-store": ANYTHING,
  cli: ANYTHING,
  main: ANYTHING,
  index: ANYTHING,
  testing: { parts: ["model", "errors", "catalog", "fold", "schema-registry"] },
};

/** Parts that only some may import. */
export const GUARDED_PARTS: Readonly<Record<string, readonly string[]>> = {
  compose: ["main", "cli", "open-event-store"],
  runtime: ["compose", "cli", "open-event-store"],
  "open-event-store": ["index"],
  sample: ["compose", "cli", "runtime"],
  "data-lock": ["compose", "cli"],
  cli: ["main"],
  main: [],
  index: [],
  testing: [],
  ...Object.fromEntries(
    PORTS.flatMap((port) => (ADAPTERS[port] ?? []).map((adapter) => [`${port}/${adapter}`, ["compose"]])),
  ),
  // A client, which users' own code makes.
  "event-log/http": ["compose", "index"],
};

/** A package, or several by a pattern, and the parts that may import it, its types included. */
export interface PackageRule {
  readonly packages: RegExp;
  readonly parts: readonly string[];
}

/** Drivers and engines, each in its own place. */
export const PACKAGES: readonly PackageRule[] = [
  { packages: /^kafkajs/, parts: ["event-log/kafka"] },
  { packages: /^mongodb$/, parts: ["read-model/mongodb"] },
  { packages: /^@confluentinc\/schemaregistry$/, parts: ["schema-registry/confluent"] },
  { packages: /^node:sqlite$/, parts: ["data-lock", ...PORTS.map((port) => `${port}/embedded`)] },
  { packages: /^mingo$/, parts: ["read-model", "read-model/embedded"] },
  { packages: /^graphql(-ws)?$/, parts: ["graphql", "server", "rest", "cli"] },
  { packages: /^graphql-(?!ws$)|^@graphql-|^@escape\.tech\/graphql-/, parts: ["graphql", "server"] },
  { packages: /^ws$/, parts: ["server"] },
  { packages: /^jose$/, parts: ["security"] },
  { packages: /^@opentelemetry\//, parts: ["telemetry"] },
];

/** Parts that touch neither files nor the network nor processes, and what of Node they therefore may not import. */
export const PURE: { readonly parts: readonly string[]; readonly effects: readonly string[] } = {
  parts: [
    "errors",
    "model",
    "fold",
    "catalog",
    "codegen",
    "projector",
    "command",
    "feed",
    "history",
    "event-store",
    "dataflow",
    "migration",
    "graphql",
    "rest",
  ],
  effects: [
    "child_process",
    "cluster",
    "dgram",
    "dns",
    "fs",
    "http",
    "http2",
    "https",
    "net",
    "tls",
    "worker_threads",
  ].map((name) => `node:${name}`),
};

/** The longest file, in lines. */
export const MAX_LINES = 250;

/** The only file that passes on what others export. */
export const BARREL = "index.ts";
