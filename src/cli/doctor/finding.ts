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
export interface Attempt<T> {
  readonly subject: string;
  readonly run: () => Promise<T>;
  /** What to do where it throws. */
  readonly remedy?: string;
}

/** An attempt that ends in findings. */
export type Check = Attempt<readonly Finding[]>;

/** Is told what was found. */
export type Tell = (found: readonly Finding[]) => void;

/** ms after which an attempt is given up. */
const PATIENCE_MS = 15_000;

/** Runs a check, for a bounded time. */
export async function runCheck(check: Check): Promise<readonly Finding[]> {
  const faults: Finding[] = [];
  const found = await attempt(check, (told) => faults.push(...told));
  return found ?? faults;
}

/** What `run` gives within a bounded time; undefined where it throws, which is told as a fault. */
export async function attempt<T>({ subject, run, remedy }: Attempt<T>, tell: Tell): Promise<T | undefined> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new EventQLError("STACK_UNAVAILABLE", `There was no answer within ${PATIENCE_MS / 1_000} s.`));
  }, PATIENCE_MS);
  try {
    return await Promise.race([run(), late.promise]);
  } catch (error) {
    const message = isEventQLError(error) ? `${error.code}: ${error.message}` : messageOf(error);
    tell([{ level: "fault", subject, message, ...(remedy === undefined ? {} : { remedy }) }]);
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
