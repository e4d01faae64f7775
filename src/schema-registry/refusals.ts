import { EventQLError } from "../errors.ts";

/** The error of a schema that is no valid Avro; each reason names a place and a remedy. `reasons` stand in its details. */
export function invalidSchema(subject: string, reasons: readonly string[]): EventQLError {
  return new EventQLError("SCHEMA_INVALID", `The schema for subject ${subject} is not valid: ${join(reasons)}`, {
    details: { subject, reasons },
  });
}

/** The error of a schema that can't read what the version before it wrote. `reasons` stand in its details. */
export function incompatibleSchema(
  subject: string,
  version: number | undefined,
  reasons: readonly string[],
): EventQLError {
  const before = version === undefined ? "its versions" : `version ${version}`;
  return new EventQLError(
    "SCHEMA_INCOMPATIBLE",
    `The schema for subject ${subject} is not compatible with ${before}: ${join(reasons)}`,
    { details: { subject, ...(version === undefined ? {} : { version }), reasons } },
  );
}

function join(reasons: readonly string[]): string {
  return reasons.length === 1 ? `${reasons[0]}.` : reasons.map((reason) => `\n  - ${reason}`).join("");
}
