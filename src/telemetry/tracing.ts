import { formatTraceparent, parseTraceparent } from "./trace-context.ts";

/** What a span says of its work: ids and counts, no payloads and no keys. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** How a span begins. What takes work to find out is a function: it is called only where spans are recorded. */
export interface SpanOptions {
  readonly kind: "producer" | "consumer";
  /** The W3C `traceparent` of what caused it; one that is invalid counts as none. */
  readonly parent?: string | undefined;
  /** The `traceparent`s of other spans that it belongs to. */
  readonly links?: () => Iterable<string>;
  readonly attributes?: () => SpanAttributes;
}

/** A piece of work under way. */
export interface Span {
  /** Its context for whom it calls, as W3C's `traceparent`; undefined: there is none to pass on. */
  readonly traceparent: string | undefined;
  /** Says more of it. */
  set(attributes: SpanAttributes): void;
}

/** Tells where time goes, across processes. */
export interface Tracer {
  /**
   * Runs work in a span that ends with it; what it throws marks the span as failed, with the error's code. Log lines
   * that are written meanwhile have the span's ids.
   */
  inSpan<T>(name: string, options: SpanOptions, run: (span: Span) => Promise<T>): Promise<T>;
}

/** Traces of one process. */
export interface Tracing {
  readonly tracer: Tracer;
  /** Sends what is left, within a bound; a collector that can't be reached is no error. */
  shutdown(): Promise<void>;
}

const SILENT: Span = { traceparent: undefined, set: () => {} };

/** Records nothing, and passes the context of who calls on, so that others' traces have no gap. */
export const noTracer: Tracer = {
  inSpan: async (_name, { parent }, run) => await run(parent === undefined ? SILENT : passingOn(parent)),
};

function passingOn(parent: string): Span {
  const ids = parseTraceparent(parent);
  return ids === undefined ? SILENT : { ...SILENT, traceparent: formatTraceparent(ids) };
}
