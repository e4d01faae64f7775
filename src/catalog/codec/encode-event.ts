import { EventQLError } from "../../errors.ts";
import type { Payload } from "../../model/value.ts";
import type { RecordNode } from "../avro/node.ts";
import { parseSchema } from "../avro/parse.ts";
import type { WrittenType } from "../types.ts";
import { Sink } from "./sink.ts";
import { compileWriter } from "./write.ts";

/** Encodes a payload in the Confluent wire format. @throws EventQLError `EVENT_INVALID` naming every wrong field. */
export type Encode = (payload: Payload) => Uint8Array;

/** Compiles the encoder of an event type's newest schema. */
export function compileEncoder(eventType: WrittenType): Encode {
  const { record, index } = recordOf(eventType);
  const write = compileWriter(record);
  const sink = new Sink();
  return (payload) => {
    sink.clear();
    sink.byte(0);
    sink.uint32(eventType.schemaId);
    if (index !== undefined) sink.long(index);
    write(sink, payload, "");
    if (sink.problems.length > 0) throw invalidEvent(eventType, [...sink.problems]);
    return sink.result();
  };
}

/** The record in the writer's schema, and its place where that is a union. */
function recordOf({ writerSchema, fullName }: WrittenType): { readonly record: RecordNode; readonly index?: number } {
  const schema = parseSchema(writerSchema);
  if (schema.type === "record") return { record: schema };
  const branches = schema.type === "union" ? schema.branches : [];
  for (const [index, branch] of branches.entries())
    if (branch.type === "record" && branch.name === fullName) return { record: branch, index };
  throw new EventQLError("INTERNAL", `The schema of ${fullName} does not have it.`);
}

/** The error of a payload that does not fit. `problems` are paths with what was expected. */
export function invalidEvent({ fullName }: Pick<WrittenType, "fullName">, problems: readonly string[]): EventQLError {
  const text = problems.length === 1 ? problems[0] : problems.map((problem) => `\n- ${problem}`).join("");
  return new EventQLError("EVENT_INVALID", `The event ${fullName} does not fit its schema: ${text}`, {
    details: { eventType: fullName, problems },
  });
}
