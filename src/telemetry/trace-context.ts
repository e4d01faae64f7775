/** A span as W3C's trace context names it. */
export interface SpanIds {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** 16 lower-case hexadecimal digits. */
  readonly spanId: string;
  /** Bit 0: sampled. */
  readonly flags: number;
}

/** https://www.w3.org/TR/trace-context/#traceparent-header: version, trace, parent, flags; none of the ids all zeros. */
const TRACEPARENT = /^(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(-.*)?$/;

/** Reads a `traceparent`; undefined where it is none, so that nothing invalid is passed on. */
export function parseTraceparent(text: string | undefined): SpanIds | undefined {
  if (text === undefined) return undefined;
  const [, version, traceId = "", spanId = "", flags = "", more] = TRACEPARENT.exec(text.trim()) ?? [];
  // Only versions to come may have more than four parts.
  if (version === undefined || (version === "00" && more !== undefined)) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) };
}

/** Writes a `traceparent` of version 00, which knows the sampled flag alone. */
export function formatTraceparent({ traceId, spanId, flags }: SpanIds): string {
  return `00-${traceId}-${spanId}-0${flags & 1}`;
}
