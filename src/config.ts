import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { authConfig } from "./config/auth-settings.ts";
import { loadConfigFile } from "./config/config-file.ts";
import { type Report, kafkaConfig } from "./config/kafka-settings.ts";
import { maskSetting } from "./config/masking.ts";
import { settingAt } from "./config/settings.ts";
import { type ShapeProblem, type ShapedSettings, shapeSettings } from "./config/shape.ts";
import {
  type Environment,
  type Flags,
  type LoadedFile,
  type Sourced,
  gatherSettings,
  settingsTree,
  unknownPaths,
} from "./config/sources.ts";
import type { Config } from "./config/types.ts";
import { EventQLError, messageOf } from "./errors.ts";
import { describeRouteProblem } from "./rest/route-problems.ts";
import { parseRoutes } from "./rest/route-spec.ts";

export type { Config } from "./config/types.ts";

/** Where settings come from. */
export interface ConfigInput {
  /** As the command line's parser gives them; `config` names the file to load. */
  readonly flags: Flags;
  readonly env: Environment;
  /** Relative paths are relative to it, and `eventql.config.ts` is looked for here. */
  readonly cwd: string;
}

/**
 * Settles the configuration: flags win over environment variables, those over `eventql.config.ts`, that over defaults.
 * @throws EventQLError `CONFIG_INVALID`, listing everything that is wrong: what, where, and what would be right.
 */
export async function loadConfig({ flags, env, cwd }: ConfigInput): Promise<Config> {
  const { config: flagged } = flags;
  const chosen = typeof flagged === "string" ? flagged : env["EVENTQL_CONFIG"] || undefined;
  const file = await loadConfigFile(cwd, chosen);
  const sourced = gatherSettings(flags, env, file);
  const problems = [...unknownSettings(file), ...emptyAuth(file, sourced)];
  const shaped = shapeSettings(settingsTree(sourced));
  if (!("host" in shaped)) throw invalid([...problems, ...shaped.map((problem) => sentence(problem, sourced))]);
  const sources = Object.fromEntries(sourced.map(({ setting, source }) => [setting.path, source]));
  const report: Report = (path, problem) => problems.push(`${named(path, sources[path])} ${problem}.`);
  const isProduction = env["NODE_ENV"] === "production";
  const config = await assemble(shaped, { cwd, isProduction, sources, report });
  if (problems.length > 0) throw invalid(problems);
  return deepFreeze(config);
}

/** What settings depend on besides each other. */
interface Surroundings {
  readonly cwd: string;
  readonly isProduction: boolean;
  readonly sources: Config["sources"];
  readonly report: Report;
}

/** Adds what depends on several settings, or on files. */
async function assemble(shaped: ShapedSettings, { cwd, isProduction, sources, report }: Surroundings): Promise<Config> {
  const { pageSize, maxPageSize } = shaped.limits;
  if (pageSize > maxPageSize) {
    const path = "limits.pageSize" in sources ? "limits.pageSize" : "limits.maxPageSize";
    report(
      path,
      `makes pages of ${pageSize}, more than the largest allowed, ${maxPageSize}: lower one or raise the other`,
    );
  }
  const stack = shaped.stack ?? (shaped.kafka.brokers === undefined ? "embedded" : "real");
  return {
    ...shaped,
    stack,
    data: resolve(cwd, shaped.data),
    schemas: await schemasFolder(resolve(cwd, shaped.schemas), "schemas" in sources, report),
    ...(await readLock(resolve(cwd, shaped.lock), report)),
    roles: [...new Set(shaped.roles)],
    createTopics: shaped.createTopics ?? stack === "embedded",
    topics: shaped.topics,
    introspection: shaped.introspection ?? !isProduction,
    graphiql: shaped.graphiql ?? !isProduction,
    explain: shaped.explain ?? !isProduction,
    persistedOperations: {
      path: shaped.persistedOperations.path && resolve(cwd, shaped.persistedOperations.path),
      only: shaped.persistedOperations.only,
    },
    kafka: await kafkaConfig(shaped.kafka, cwd, report),
    auth: authConfig(shaped, sources, report),
    policies: shaped.policies,
    authorize: shaped.authorize,
    hints: shaped.hints,
    indexes: shaped.indexes,
    aggregates: shaped.aggregates,
    projections: shaped.projections,
    streams: shaped.streams,
    only: shaped.only,
    topicSettings: shaped.topicSettings,
    routes: checkedRoutes(shaped.routes, report),
    sources,
  };
}

/** Routes that fit together; the catalog decides whether they fit it. */
function checkedRoutes(routes: Config["routes"], report: Report): Config["routes"] {
  for (const problem of parseRoutes(routes ?? {}).problems)
    report("routes", `has a route that is wrong: ${describeRouteProblem(problem).replace(/\.$/, "")}`);
  return routes;
}

/** Nobody needs a lock file, and `eventql schema lock` makes it. */
async function readLock(lock: string, report: Report): Promise<Pick<Config, "lock" | "lockText">> {
  const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";
  const lockText = await readFile(lock, "utf8").catch((error: unknown) => {
    if (!isMissing(error)) report("lock", `names ${lock}, which can't be read (${messageOf(error)})`);
    return undefined;
  });
  return { lock, lockText };
}

/** The default folder need not exist; one that was named must. */
async function schemasFolder(folder: string, wasNamed: boolean, report: Report): Promise<string | undefined> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() === true) return folder;
  if (wasNamed) report("schemas", `names ${folder}, which is no folder: give a folder of <topic>/<Event>.avsc files`);
  return undefined;
}

function unknownSettings(file: LoadedFile | undefined): string[] {
  if (file === undefined) return [];
  return unknownPaths(file.content).map((path) => `${file.name} has ${path}, which is no setting: remove it.`);
}

/** Who begins to write `auth` wants to be asked for: that it says nothing must not mean that nobody is. */
function emptyAuth(file: LoadedFile | undefined, sourced: readonly Sourced[]): string[] {
  if (file?.content["auth"] === undefined || sourced.some(({ setting }) => setting.path.startsWith("auth."))) return [];
  return [`auth in ${file.name} is empty: set auth.jwt or auth.apiKeys, or remove it.`];
}

function sentence({ path, expected }: ShapeProblem, sourced: readonly Sourced[]): string {
  const setting = settingAt(path);
  const found = sourced.find((candidate) => candidate.setting === setting);
  if (setting === undefined || found === undefined) return `${path.join(".")}: give ${expected}.`;
  const inner = path.slice(setting.path.split(".").length);
  if (inner.length > 0 && typeof found.value === "object") return innerSentence(found, inner, expected);
  return `${named(setting.path, found.source)} is ${shownValue(found)}: give ${expected}.`;
}

/** Of what is wrong inside a setting that is an object or a list. */
function innerSentence({ setting, value, source }: Sourced, inner: readonly PropertyKey[], expected: string): string {
  const place = inner.map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`)).join("");
  const found: unknown = inner.reduce(
    (part, step) => (part instanceof Object ? Reflect.get(part, step) : undefined),
    value,
  );
  const shown = setting.secret === undefined && found !== undefined ? ` is ${JSON.stringify(found)}` : "";
  return `${named(`${setting.path}${place}`, source)}${shown}: give ${expected}.`;
}

/** A setting by the name that the reader knows: the flag's, the variable's, or its place in the file. */
function named(path: string, source: string | undefined): string {
  if (source === undefined) return path;
  return /^(--|[A-Z])/.test(source) ? source : `${path} in ${source}`;
}

function shownValue({ setting, value }: Sourced): string {
  if (typeof value === "function") return "a function";
  const masked = maskSetting(setting, value);
  return typeof value === "string" ? JSON.stringify(masked) : masked;
}

function invalid(problems: readonly string[]): EventQLError {
  const distinct = [...new Set(problems)];
  const [only] = distinct;
  const message =
    distinct.length === 1 && only !== undefined
      ? only
      : `${distinct.length} settings are wrong:\n${distinct.map((problem) => `  ${problem}`).join("\n")}`;
  return new EventQLError("CONFIG_INVALID", message, { details: { problems: distinct } });
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
}
