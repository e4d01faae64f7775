import type { ConfigFile } from "./types.ts";

/** Gives an `eventql.config.ts` its types: `export default defineConfig({ port: 4001 })`. */
export function defineConfig(config: ConfigFile): ConfigFile {
  return config;
}
