import { invalidationSchema, invalidationSubject } from "../catalog/invalidation-event.ts";
import type { SchemaRegistry } from "../schema-registry/schema-registry.ts";

/**
 * Registers, when one is needed, the schema of the events that make a topic's transactions invalid; says its id.
 * @throws EventQLError as `SchemaRegistry.register` does; then it is tried again by the next call.
 */
export function invalidationSchemas(registry: Pick<SchemaRegistry, "register">): (topic: string) => Promise<number> {
  const ids = new Map<string, number>();
  return async (topic) => {
    const known = ids.get(topic);
    if (known !== undefined) return known;
    const { id } = await registry.register(invalidationSubject(topic), invalidationSchema);
    ids.set(topic, id);
    return id;
  };
}
