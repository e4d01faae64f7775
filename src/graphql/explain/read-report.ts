import type { Explanation, Read } from "../../read-model/read-model.ts";
import { extendedJson } from "./extended-json.ts";

/** What is told of a read: what was asked, as plain JSON, and how it was carried out. */
export interface ReadReport extends Explanation {
  readonly collection: string;
  /** `filter`, with `sort`, `skip`, `limit` and `fields` where they were asked for; or `pipeline`. */
  readonly [asked: string]: unknown;
}

/** Reports a read. */
export function readReport(collection: string, read: Read, explanation: Explanation): ReadReport {
  return { collection, ...asked(read), ...explanation };
}

function asked(read: Read): Readonly<Record<string, unknown>> {
  if ("pipeline" in read) return { pipeline: extendedJson(read.pipeline) };
  const { filter, sort, skip, limit, fields } = read.find;
  return {
    filter: extendedJson(filter),
    ...(sort && { sort }),
    ...(skip && { skip }),
    ...(limit && { limit }),
    ...(fields && { fields }),
  };
}
