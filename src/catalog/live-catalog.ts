import { setTimeout as delay } from "node:timers/promises";
import type { Catalog } from "./types.ts";

/** The newest catalog, and the way to a newer one. */
export interface LiveCatalog {
  current(): Catalog;
  /**
   * Gathers anew. Calls while one is under way share the next one, and it begins no sooner than a second after the
   * one before: a stream of unknown events does not become a storm on the registry.
   */
  refresh(): Promise<void>;
}

/**
 * Keeps a catalog current. `accept` is asked before a gathered one replaces it, and may make ready what that needs;
 * where it, or gathering, fails, the old catalog stays and the caller is told.
 */
export function createLiveCatalog(
  first: Catalog,
  gather: () => Promise<Catalog>,
  accept: (next: Catalog, current: Catalog) => Promise<void>,
  minIntervalMs = 1_000,
): LiveCatalog {
  let current = first;
  let pending: Promise<void> | undefined;
  let last = 0;
  const run = async (): Promise<void> => {
    await delay(Math.max(0, last + minIntervalMs - performance.now()));
    pending = undefined;
    last = performance.now();
    const next = await gather();
    if (next.generation <= current.generation) return;
    await accept(next, current);
    current = next;
  };
  return {
    current: () => current,
    refresh: () => (pending ??= run()),
  };
}
