import { createRequire } from "node:module";
import { z } from "zod";
import { type EncodedRecord, type RecordParts, encodeRecord } from "./encode-record.ts";
import { unknownRelease } from "./fetch-cluster.ts";

/** Where kafkajs has what encodes a record. It is loaded when a client produces for the first time. */
const MODULE = "kafkajs/src/protocol/recordBatch/record/v0/index.js";

const encoder = z.custom<(record: RecordParts) => EncodedRecord>((value) => typeof value === "function");

let isUsed = false;

/**
 * Has kafkajs encode records by {@link encodeRecord}, in the whole process; what that doesn't know it encodes as before.
 * Too late where somebody else's client has produced before: then nothing changes.
 */
export function useOwnRecords(): void {
  if (isUsed) return;
  isUsed = true;
  const require = createRequire(import.meta.url);
  const theirs = encoder.safeParse(require(MODULE)).data;
  const module = require.cache[require.resolve(MODULE)];
  if (theirs === undefined || module === undefined) throw unknownRelease();
  module.exports = (record: RecordParts) => encodeRecord(record) ?? theirs(record);
}
