/** What `/readyz` knows: ready only if everything is. */
export interface Readiness {
  /** Whether the API was built from the registry's schemas. */
  readonly catalogLoaded: boolean;
  /** The stores by name (`eventLog`, `schemaRegistry`, `readModel`): whether each answers. */
  readonly stores: Readonly<Record<string, boolean>>;
  /** Whether the projector has shown everything that there was at its start, once. True where this process runs none. */
  readonly caughtUp: boolean;
  /** What people should know of: subjects that were left out, partitions that stand still, and why. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Whether requests may be sent here. */
export function isReady({ catalogLoaded, stores, caughtUp }: Readiness): boolean {
  return catalogLoaded && caughtUp && Object.values(stores).every(Boolean);
}
