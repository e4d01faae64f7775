import { openConfluentRegistry } from "../../src/schema-registry/confluent/confluent-registry.ts";
import type { SchemaRegistry } from "../../src/schema-registry/schema-registry.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";

/** Clients of a real registry that remember the subjects that they register. */
export interface TidyRegistry {
  readonly open: () => SchemaRegistry;
  /** Deletes what was registered. */
  readonly tidy: () => Promise<void>;
}

/** Leaves a registry that others use as it was. */
export function tidyRegistry(url: string): TidyRegistry {
  const subjects = new Set<string>();
  return {
    open: () => {
      const registry = openConfluentRegistry({ url, logger: silentLogger });
      return {
        ...registry,
        register: (subject, ...rest) => {
          subjects.add(subject);
          return registry.register(subject, ...rest);
        },
      };
    },
    tidy: async () => {
      // Last first, and for good: what a subject refers to can't go while the subject is only marked as deleted.
      for (const subject of [...subjects].toReversed())
        for (const permanent of [false, true])
          await fetch(`${url}/subjects/${encodeURIComponent(subject)}?permanent=${permanent}`, { method: "DELETE" });
    },
  };
}
