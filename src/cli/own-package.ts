import { registerHooks } from "node:module";
import { extname } from "node:path";

/** The name by which configuration files import what helps to write them. */
const OWN_NAME = "eventql";

/** Whether it is done: hooks last as long as the process. */
let isRegistered = false;

/**
 * Makes `import … from "eventql"` in a configuration file mean this program itself, wherever the file is: also where
 * nothing is built yet, or where EventQL is installed for all folders.
 */
export function resolveOwnPackage(): void {
  if (isRegistered) return;
  isRegistered = true;
  // Sources run as .ts, what is published as .js.
  const { href: url } = new URL(`../index${extname(import.meta.url)}`, import.meta.url);
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === OWN_NAME ? { url, shortCircuit: true } : next(specifier, context),
  });
}
