import { type Setting, settings } from "./settings.ts";

/** Flags as the command line's parser gives them: camel case, no dashes. */
export type Flags = Readonly<Record<string, string | boolean | undefined>>;

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The contents of `eventql.config.ts`, with the name to call it by. */
export interface LoadedFile {
  readonly name: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/** A value that was set, and by what. */
export interface Sourced {
  readonly setting: Setting;
  readonly value: unknown;
  readonly source: string;
}

/** For each setting the value that wins: flags, then the environment, then the file. */
export function gatherSettings(flags: Flags, env: Environment, file: LoadedFile | undefined): readonly Sourced[] {
  return settings.flatMap((setting) => {
    const found = fromFlag(setting, flags) ?? fromEnvironment(setting, env) ?? fromFile(setting, file);
    return found === undefined ? [] : [found];
  });
}

/** The settings as a tree: `kafka.brokers` becomes `{ kafka: { brokers } }`. */
export function settingsTree(sourced: readonly Sourced[]): Record<string, unknown> {
  const tree: Record<string, unknown> = {};
  for (const { setting, value } of sourced) {
    const steps = setting.path.split(".");
    const leaf = steps.pop() ?? setting.path;
    let branch = tree;
    for (const step of steps) {
      const next = branch[step];
      branch = isTree(next) ? next : (branch[step] = {});
    }
    branch[leaf] = value;
  }
  return tree;
}

/** The paths of a file that are no settings. */
export function unknownPaths(content: Readonly<Record<string, unknown>>, above = ""): readonly string[] {
  return Object.entries(content).flatMap(([name, value]) => {
    const path = above === "" ? name : `${above}.${name}`;
    if (settings.some((setting) => setting.path === path)) return [];
    const isGroup = settings.some((setting) => setting.path.startsWith(`${path}.`));
    if (!isGroup || !isTree(value)) return [path];
    return unknownPaths(value, path);
  });
}

/** Whether a value is an object whose fields may be read. */
export function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fromFlag(setting: Setting, flags: Flags): Sourced | undefined {
  if (setting.flag === undefined) return undefined;
  const name = setting.flag.slice(2).replace(/-([a-z])/g, (_all, letter: string) => letter.toUpperCase());
  const value = flags[name];
  if (value === undefined) return undefined;
  const source = value === false ? `--no-${setting.flag.slice(2)}` : setting.flag;
  return { setting, value, source };
}

/** An empty variable counts as unset. */
function fromEnvironment(setting: Setting, env: Environment): Sourced | undefined {
  if (setting.env === undefined) return undefined;
  const value = env[setting.env]?.trim();
  return value === undefined || value === "" ? undefined : { setting, value, source: setting.env };
}

function fromFile(setting: Setting, file: LoadedFile | undefined): Sourced | undefined {
  if (file === undefined) return undefined;
  let value: unknown = file.content;
  for (const step of setting.path.split(".")) value = isTree(value) ? value[step] : undefined;
  return value === undefined ? undefined : { setting, value, source: file.name };
}
