import type { Flags } from "../config/sources.ts";
import { EventQLError } from "../errors.ts";

/** The number that `--limit` gives; infinite without it. @throws EventQLError `BAD_USER_INPUT`. */
export function limitOf(limit: Flags[string]): number {
  if (limit === undefined) return Number.POSITIVE_INFINITY;
  if (typeof limit === "string" && /^[1-9]\d{0,8}$/.test(limit)) return Number(limit);
  throw new EventQLError("BAD_USER_INPUT", `--limit is ${JSON.stringify(limit)}: give a whole number from 1.`);
}
