/** What is subscribed to, and what changes. */
export interface SubscribeCase {
  readonly name: string;
  readonly sockets: number;
  readonly perSocket: number;
  /** Whether each subscriber follows a key of its own; else all follow everything. */
  readonly keyed: boolean;
  readonly events: number;
  /** Events a second; undefined: all at once. */
  readonly rate: number | undefined;
}

/** How many deliveries follow from an event. */
export function deliveriesPerEvent({ keyed, sockets, perSocket }: SubscribeCase): number {
  return keyed ? 1 : sockets * perSocket;
}

/** A fan-out as fast as it goes, and many small audiences at a steady rate. */
export const CASES: readonly SubscribeCase[] = [
  {
    name: "1,000 on everything, 300 changes at once",
    sockets: 20,
    perSocket: 50,
    keyed: false,
    events: 300,
    rate: undefined,
  },
  { name: "5,000 on a key each, 500 changes/s", sockets: 50, perSocket: 100, keyed: true, events: 5_000, rate: 500 },
];

/** The Avro schema of the events: each sets its key's document. */
export const SCHEMA: string = JSON.stringify({
  type: "record",
  name: "Measured",
  namespace: "bench",
  eventql: { aggregate: "Meter" },
  fields: [
    { name: "name", type: "string" },
    { name: "city", type: "string" },
    { name: "at", type: "double", doc: "When it was sent, in ms since 1970-01-01 UTC, with its fraction." },
  ],
});

/** The key of a number. */
export function keyOf(index: number): string {
  return `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
}

/** The city of events that only show whether a subscriber is there. */
export const PROBE = "probe";

/** Now, in ms since 1970-01-01 UTC, with its fraction: comparable between processes of a machine. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
