import { EventQLError, isEventQLError, messageOf } from "../../errors.ts";

/** What a check found. `note`: it works, but somebody should know. */
export interface Finding {
  readonly level: "ok" | "note" | "fault";
  /** What was looked at. */
  readonly subject: string;
  readonly message: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** Looks at one thing. What it throws is a fault. */
export interface Check {
  readonly subject: string;
  readonly run: () => Promise<readonly Finding[]>;
  /** What to do where it throws an error of no EventQL code, or one that says no remedy itself. */
  readonly remedy?: string;
}

/** ms after which a check is given up. */
const PATIENCE_MS = 15_000;

/** Runs a check, for a bounded time. */
export async function runCheck({ subject, run, remedy }: Check): Promise<readonly Finding[]> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new EventQLError("STACK_UNAVAILABLE", `There was no answer within ${PATIENCE_MS / 1_000} s.`));
  }, PATIENCE_MS);
  try {
    return await Promise.race([run(), late.promise]);
  } catch (error) {
    const message = isEventQLError(error) ? `${error.code}: ${error.message}` : messageOf(error);
    return [{ level: "fault", subject, message, ...(remedy === undefined ? {} : { remedy }) }];
  } finally {
    clearTimeout(timer);
  }
}
