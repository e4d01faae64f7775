/** Takes the place of values that are too many, or no names. */
const OTHER = "other";

/** Letters, digits and what topics and GraphQL names have besides. */
const NAME = /^[\w.-]{1,249}$/;

/**
 * Keeps the values of an attribute few: the first `limit` different ones pass, all others become `other`. A value that
 * isn't a name never passes, so that nothing that a client makes up gets into a metric.
 */
export function boundedValues(limit: number): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= limit || !NAME.test(value)) return OTHER;
    known.add(value);
    return value;
  };
}
