/** The most records that one reading of a range gives where nothing else is said. */
export const RANGE_RECORDS = 10_000;

/** About as many bytes of records as one reading of a range gives at most. */
export const RANGE_BYTES: number = 16 * 1024 * 1024;
