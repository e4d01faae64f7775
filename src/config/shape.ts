import { z } from "zod";
import type { CatalogHints } from "../catalog/hints.ts";
import type { Authorize } from "../security/authorize.ts";
import { isTree } from "./sources.ts";
import type { Config, KafkaSasl, LogFormat, LogLevel, StackKind } from "./types.ts";

/** Text of a flag or variable as the number that it spells; anything else as it is. */
function numberOf(value: unknown): unknown {
  return typeof value === "string" && /^-?\d+$/.test(value.trim()) ? Number(value) : value;
}

const SWITCH = new Map([
  ["true", true],
  ["1", true],
  ["yes", true],
  ["on", true],
  ["false", false],
  ["0", false],
  ["no", false],
  ["off", false],
]);

/** Text of a flag or variable as the truth value that it spells; anything else as it is. */
function switchOf(value: unknown): unknown {
  return typeof value === "string" ? (SWITCH.get(value.trim().toLowerCase()) ?? value) : value;
}

function listOf(value: unknown): unknown {
  if (typeof value !== "string") return value;
  return value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

const alternatives = new Intl.ListFormat("en-GB", { type: "disjunction" });

// Each schema's error text is what is right, worded to follow "give".
const whole = (min: number, max: number) => {
  const error = `a whole number from ${min} to ${max}`;
  return z.preprocess(numberOf, z.int({ error }).min(min, { error }).max(max, { error }));
};

const onOff = z.preprocess(switchOf, z.boolean({ error: "true or false" }));

const text = (pattern: RegExp, error: string) => z.string({ error }).regex(pattern, { error });

const list = <T extends z.ZodType>(item: T, error: string) =>
  z.preprocess(listOf, z.array(item, { error }).min(1, { error }));

const oneOf = <const T extends readonly string[]>(...values: T) =>
  z.enum(values, { error: alternatives.format(values) });

const filePath = text(/\S/, "a path");
const topicName = text(/^[\w.-]{1,249}$/, "topic names of letters, digits, '.', '_' and '-', separated by commas");
const broker = text(/^(\[[\da-f:.]+\]|[^\s:,/@]+):\d{1,5}$/i, "host:port, several separated by commas");
const count = whole(1, 1_000_000);

const isAuthorize = (value: unknown): value is Authorize => typeof value === "function";

const isHints = (value: unknown): value is CatalogHints => isTree(value) && Object.values(value).every(isTree);

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
  waiters: count.default(10_000),
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
  roles: roles.default(["gateway", "projector", "processor"]),
  sample: onOff.default(false),
  createTopics: onOff.optional(),
  topics: list(topicName, "topic names, separated by commas").optional(),
  kafka: kafka.prefault({}),
  registry: z.object({ url: webUrl.default("http://127.0.0.1:8081") }).prefault({}),
  mongodb: z
    .object({
      url: mongoUrl.default("mongodb://127.0.0.1:27017/?replicaSet=rs0"),
      database: text(/^[^\s/\\."$]{1,63}$/, 'a name without spaces, "/", "\\", ".", "$" and quotes').default("eventql"),
    })
    .prefault({}),
  limits: limits.prefault({}),
  allowAnonymous: onOff.default(false),
  logLevel: oneOf("debug", "info", "warn", "error", "silent").default("info"),
  logFormat: oneOf("auto", "json", "pretty").default("auto"),
  authorize: z
    .custom<Authorize>(isAuthorize, { error: "a function (context, action, aggregate) => decision" })
    .optional(),
  hints: z.custom<CatalogHints>(isHints, { error: "an object of hints by the records' full names" }).optional(),
});

/** The settings, each valid by itself, with defaults where they depend on nothing. */
export interface ShapedSettings extends Pick<
  Config,
  "host" | "port" | "data" | "schemas" | "roles" | "sample" | "registry" | "mongodb" | "limits" | "allowAnonymous"
> {
  readonly stack?: StackKind | undefined;
  readonly schemas: string;
  readonly createTopics?: boolean | undefined;
  readonly topics?: readonly string[] | undefined;
  readonly kafka: {
    readonly brokers?: readonly string[] | undefined;
    readonly clientId: string;
    readonly groupPrefix: string;
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
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly authorize?: Authorize | undefined;
  readonly hints?: CatalogHints | undefined;
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
