import { emitSchema } from "./avro/emit.ts";
import type { EventSource } from "./event-sources.ts";
import type { CatalogNames } from "./graphql-names.ts";
import { toCamelCase } from "./names.ts";
import { eventsTopicOf } from "./topic-kinds.ts";
import type { CommandType } from "./types.ts";
import { type TypeBuilder, eventTypeKey } from "./value-types.ts";

/** The command types of the records on topics of commands, sorted by name. */
export function commandTypesOf(
  sources: readonly EventSource[],
  names: CatalogNames,
  types: TypeBuilder,
): readonly CommandType[] {
  return sources
    .map((source): CommandType => {
      const record = types.eventRecord(source);
      const { subject, schemaId, version } = source;
      const name = names.type(eventTypeKey(source));
      let readerSchema: CommandType["readerSchema"] | undefined;
      return {
        fullName: record.fullName,
        name,
        topic: eventsTopicOf(source.topic),
        subject,
        schemaId,
        version,
        writerSchema: source.writerSchema,
        get readerSchema() {
          return (readerSchema ??= emitSchema(source.record));
        },
        mutation: toCamelCase(name),
        record,
      };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
