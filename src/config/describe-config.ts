import { maskSetting } from "./masking.ts";
import { isTree } from "./sources.ts";
import { settings } from "./settings.ts";
import type { Config } from "./types.ts";

/** A setting as people may see it. */
export interface DescribedSetting {
  /** As in `eventql.config.ts`: `kafka.brokers`. */
  readonly path: string;
  /** With secrets masked. */
  readonly value: string;
  /** `--port`, `EVENTQL_PORT`, `eventql.config.ts` or `default`. */
  readonly source: string;
}

/** Every setting that has a value, with secrets masked, and where it came from. */
export function describeConfig(config: Config): readonly DescribedSetting[] {
  return settings.flatMap((setting) => {
    const value = valueAt(config, setting.path);
    const source = config.sources[setting.path] ?? "default";
    if (value === undefined && source === "default") return [];
    return [{ path: setting.path, value: shown(maskable(value)), source }];

    function shown(plain: unknown): string {
      return plain === undefined ? "set" : maskSetting(setting, plain);
    }
  });
}

function maskable(value: unknown): unknown {
  if (typeof value === "function") return undefined;
  return Array.isArray(value) ? value.map(shownItem).join(",") : value;
}

/** Of a decider, what it is of, of a projection or a stream its name: their rules are code. */
function shownItem(item: unknown): unknown {
  if (!isTree(item)) return item;
  if ("decide" in item) return item["aggregate"];
  return "kind" in item ? item["name"] : item;
}

function valueAt(config: Config, path: string): unknown {
  let value: unknown = config;
  for (const step of path.split(".")) value = isTree(value) ? value[step] : undefined;
  return value;
}
