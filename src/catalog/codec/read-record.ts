import type { Value } from "../../model/value.ts";
import { storedDefault } from "../avro/default.ts";
import { type AvroNode, type FieldNode, type RecordNode, unwrapNullable } from "../avro/node.ts";
import { malformed } from "./cursor.ts";
import { matchFields } from "./match.ts";
import type { Read } from "./read-scalar.ts";

/** A step through the writer's record: into a field of the reader's, or over one that it doesn't have. */
interface Step {
  readonly read: Read;
  readonly field: string | undefined;
}

/**
 * The reader of a record. The object's fields are in the reader's order whatever the writer's: documents with equal
 * values are equal.
 */
export function recordReader(
  writer: RecordNode,
  reader: RecordNode,
  compile: (writer: AvroNode, reader: AvroNode) => Read,
): Read {
  const sources = matchFields(writer, reader);
  const targets = new Map(
    reader.fields.filter(({ name }) => sources.has(name)).map((to) => [sources.get(to.name), to]),
  );
  const steps = writer.fields.map((from): Step => {
    const to = targets.get(from.name);
    return { read: compile(from.type, to?.type ?? from.type), field: to?.name };
  });
  const names = steps.map(({ field }) => field);
  const sameOrder = names.length === reader.fields.length && reader.fields.every(({ name }, at) => names[at] === name);
  return sameOrder ? inOrder(steps) : filledIn(steps, reader, sources);
}

function inOrder(steps: readonly Step[]): Read {
  const names = steps.map(({ field }) => field ?? "");
  const reads = steps.map(({ read }) => read);
  return (cursor) => {
    const record: Record<string, Value> = {};
    let index = 0;
    for (const read of reads) {
      record[names[index] ?? ""] = read(cursor);
      index += 1;
    }
    return record;
  };
}

function filledIn(steps: readonly Step[], reader: RecordNode, sources: ReadonlyMap<string, string>): Read {
  const template: Record<string, Value> = {};
  for (const field of reader.fields)
    template[field.name] = sources.has(field.name) ? null : missingValue(reader, field);
  return (cursor) => {
    const record = { ...template };
    for (const { read, field } of steps) {
      const value = read(cursor);
      if (field !== undefined) record[field] = value;
    }
    return record;
  };
}

/** What a field is that the writer's schema doesn't have. */
function missingValue(record: RecordNode, field: FieldNode): Value {
  const value = storedDefault(field.type, field.default) ?? (unwrapNullable(field.type).nullable ? null : undefined);
  if (value !== undefined) return value;
  throw malformed(`its schema has no field ${record.name}.${field.name}, which has no default`);
}
