/** An event type of the usual size. */
export function usualSchema(index: number): object {
  const address = {
    type: "record",
    name: "Address",
    namespace: "common",
    fields: [{ name: "street", type: "string" }],
  };
  return {
    type: "record",
    name: `Event${index}`,
    namespace: `app.s${index}`,
    fields: [
      ...["int", "long", "double", "string", "boolean", "bytes"].map((type, at) => ({ name: `field_${at}`, type })),
      { name: "at", type: { type: "long", logicalType: "timestamp-millis" } },
      { name: "address", type: address },
      { name: "tags", type: { type: "map", values: "string" } },
      { name: "either", type: ["null", "int", "string"], default: null },
    ],
  };
}

/** An event type of so many nested records, each of which leads to itself, to its owner and to the first one. */
export function bigSchema(index: number, records: number): object {
  const doc = "What is known of it, as people have written it down in the schema.";
  const record = (at: number): object => {
    const child = (name: string, next: number): readonly object[] =>
      next < records ? [{ name, type: ["null", record(next)], default: null }] : [];
    return {
      type: "record",
      name: `Node${at}`,
      namespace: `big.b${index}`,
      doc,
      fields: [
        ...[0, 1, 2, 3, 4, 5, 6, 7].map((each) => ({ name: `v${each}`, type: ["null", "string"], default: null, doc })),
        { name: "self", type: ["null", `Node${at}`], default: null },
        { name: "owner", type: { type: "array", items: `Node${Math.max(0, Math.floor((at - 1) / 2))}` } },
        { name: "choice", type: ["null", "string", "Node0"], default: null },
        ...child("left", 2 * at + 1),
        ...child("right", 2 * at + 2),
      ],
    };
  };
  return record(0);
}

/** A union of so many event types that share nested records, which lead to each other. */
export function unionSchema(events: number, records: number): readonly object[] {
  const [first = {}, ...others] = Array.from({ length: events }, (_, at) => ({
    type: "record",
    name: `u.Event${at}`,
    fields: [
      { name: `own_${at}`, type: "int" },
      { name: "node", type: at === 0 ? bigSchema(0, records) : "big.b0.Node0" },
    ],
  }));
  return [first, ...others];
}
