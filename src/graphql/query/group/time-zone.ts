import { EventQLError } from "../../../errors.ts";

/** The zone where nothing else is said. */
export const UTC = "UTC";

/**
 * A time zone by the name that every time zone database has, whatever its letter case: new names become the old ones that
 * they stand for.
 * @throws EventQLError `BAD_USER_INPUT` where there is none of that name.
 */
export function timeZoneOf(name: string | null | undefined): string {
  if (name === undefined || name === null) return UTC;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch (error) {
    throw new EventQLError(
      "BAD_USER_INPUT",
      `timeZone is ${JSON.stringify(name.slice(0, 100))}, which is no time zone: give a name of the IANA database, such as "Europe/Berlin".`,
      { cause: error },
    );
  }
}
