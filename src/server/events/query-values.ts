import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { EventQLError } from "../../errors.ts";

/** A whole number in a query: from 0 to a bound. */
export function whole(max: number = Number.MAX_SAFE_INTEGER): z.ZodType<number> {
  return z
    .string()
    .regex(/^\d{1,16}$/, "must be a whole number of 0 or more")
    .transform(Number)
    .pipe(z.int().max(max));
}

/** `true` or `false` in a query. */
export const flag: z.ZodType<boolean> = z
  .enum(["true", "false"], "must be true or false")
  .transform((text) => text === "true");

/** Reads the query of a request. @throws EventQLError `BAD_USER_INPUT` naming what is wrong, or unknown. */
export function queryOf<T>({ url = "/" }: IncomingMessage, shape: z.ZodType<T>): T {
  const { searchParams } = new URL(url, "http://localhost");
  const parsed = shape.safeParse(Object.fromEntries(searchParams));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "the query"}: ${message}`);
  throw new EventQLError("BAD_USER_INPUT", `The request's query is wrong: ${problems.join("; ")}.`);
}
