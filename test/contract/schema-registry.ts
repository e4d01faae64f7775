import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Registration, SchemaRegistry } from "../../src/schema-registry/schema-registry.ts";
import { uniqueName } from "../support/real-stack.ts";
import { describeReferences, describeRefusals, type KnownLacks } from "./schema-registry-refusals.ts";
import { email, name, record, uniqueRecord } from "./schema-registry-records.ts";

/** A registry that the contract is held against. */
export interface RegistryUnderTest {
  readonly registry: SchemaRegistry;
  /** Another client of the same registry. The contract closes it. */
  readonly open: () => SchemaRegistry;
  readonly dispose: () => Promise<void>;
}

const ID_THAT_NOBODY_HAS = 1_999_999_999;

/** What each schema registry must do. */
export function schemaRegistryContract(
  title: string,
  make: () => Promise<RegistryUnderTest>,
  lacks: KnownLacks = {},
): void {
  describe(`the schema registry: ${title}`, () => {
    let under: RegistryUnderTest;
    let registry: SchemaRegistry;

    beforeEach(async () => {
      under = await make();
      registry = under.registry;
    });
    afterEach(() => under.dispose());

    describeReading(() => registry);
    describeRefusals(() => registry);
    describeReferences(() => registry, lacks);

    it("sees what another client registers, also under a subject that it has read before", async () => {
      const subject = uniqueName("contract");
      const other = under.open();
      try {
        await registry.register(subject, record("Seen", name));
        expect(await registry.versions(subject)).toHaveLength(1);
        const { id } = await other.register(subject, record("Seen", name, email));
        const fresh = uniqueName("contract");
        await other.register(fresh, record("Fresh", name));

        expect((await registry.versions(subject)).at(-1)).toMatchObject({ version: 2, id });
        expect(await registry.subjects()).toEqual(expect.arrayContaining([subject, fresh]));
        expect(await registry.byId(id)).toMatchObject({ schema: record("Seen", name, email) });
      } finally {
        await other.close();
      }
    });

    it("has another revision after each change that another client makes, and else the same", async () => {
      const [subject, twin] = [uniqueName("contract"), uniqueName("contract")];
      const other = under.open();
      const type = uniqueRecord();
      const text = record(type, name);
      const revisions = [await registry.revision()];
      const after = async (change: () => Promise<unknown>): Promise<void> => {
        await change();
        revisions.push(await registry.revision());
      };
      try {
        await after(() => other.register(subject, text));
        await after(() => other.register(subject, record(type, name, email)));
        await after(() => other.register(twin, text));
        expect(new Set(revisions).size).toBe(4);
        await other.register(subject, text);
        // Other suites may register something between the two.
        await vi.waitFor(async () => expect(await other.revision()).toBe(await registry.revision()));
      } finally {
        await other.close();
      }
    });

    it("finds an id that it asked for before anybody had it", async () => {
      const first = await registry.register(uniqueName("contract"), record(uniqueRecord(), name));
      const next = first.id + 1;
      if ((await registry.byId(next)) !== undefined) return;
      const text = record(uniqueRecord(), name);
      const { id } = await registry.register(uniqueName("contract"), text);
      expect(await registry.byId(id)).toMatchObject({ schema: text });
    });

    it("gives one id to a text that several clients register at once", async () => {
      const { answers } = await race(under);
      expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    });

    it.skipIf(lacks.oneVersionOfRacers !== undefined)("gives racing clients one version", async () => {
      const { subject, answers } = await race(under);
      expect(answers.map(({ version }) => version)).toEqual([1, 1, 1, 1]);
      expect(await registry.versions(subject)).toHaveLength(1);
    });
  });
}

async function race({ open }: RegistryUnderTest): Promise<{ subject: string; answers: readonly Registration[] }> {
  const subject = uniqueName("contract");
  const text = record(uniqueRecord(), name);
  const clients = Array.from({ length: 4 }, open);
  try {
    return { subject, answers: await Promise.all(clients.map((client) => client.register(subject, text))) };
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}

function describeReading(registry: () => SchemaRegistry): void {
  it("answers a ping", () => expect(registry().ping()).resolves.toBeUndefined());

  it("gives back what was registered, by subject and by id", async () => {
    const subject = uniqueName("contract");
    const text = record(uniqueRecord(), name);
    const { id, version } = await registry().register(subject, text);

    expect(version).toBe(1);
    expect(id).toBeGreaterThan(0);
    const schema = { schemaType: "AVRO", schema: text, references: [] };
    expect(await registry().versions(subject)).toEqual([{ subject, version: 1, id, ...schema }]);
    expect(await registry().byId(id)).toEqual(schema);
    expect(await registry().subjects()).toContain(subject);
  });

  it("returns the first registration of a text that the subject has already", async () => {
    const subject = uniqueName("contract");
    const older = record("Twice", name);
    const first = await registry().register(subject, older);
    const second = await registry().register(subject, record("Twice", name, email));

    expect(await registry().register(subject, older)).toEqual(first);
    expect(await registry().register(subject, JSON.stringify(JSON.parse(older), undefined, 2))).toEqual(first);
    expect(await registry().versions(subject)).toHaveLength(2);
    expect(second).toEqual({ id: expect.any(Number), version: 2 });
    expect(second.id).toBeGreaterThan(first.id);
  });

  it("lists versions oldest first, past the ninth too", async () => {
    const subject = uniqueName("contract");
    const fields: object[] = [name];
    for (let count = 1; count <= 11; count += 1) {
      fields.push({ name: `f${count}`, type: "int", default: count });
      await registry().register(subject, record("Many", ...fields));
    }
    const versions = await registry().versions(subject);
    expect(versions.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(versions.map(({ id }) => id)).toEqual(versions.map(({ id }) => id).toSorted((a, b) => a - b));
  });

  it("gives the same text one id under all subjects", async () => {
    const text = record(uniqueRecord(), name);
    const one = await registry().register(uniqueName("contract"), text);
    const other = await registry().register(uniqueName("contract"), text);
    expect(other).toEqual({ id: one.id, version: 1 });
  });

  it("keeps custom attributes as they are", async () => {
    const subject = uniqueName("contract");
    const text = JSON.stringify({
      type: "record",
      name: "Hinted",
      doc: "Ünïcode, too.",
      eventql: { aggregate: "User", effect: "upsert", deep: { list: [1, "two", null, true] } },
      fields: [{ name: "total", type: "long", eventql: { effect: "add", column: "sum" } }],
    });
    const { id } = await registry().register(subject, text);
    const [found] = await registry().versions(subject);
    expect(JSON.parse(found?.schema ?? "")).toEqual(JSON.parse(text));
    expect(JSON.parse((await registry().byId(id))?.schema ?? "")).toEqual(JSON.parse(text));
  });

  it.each(["a/b", "100%", "a.b-value", "naïve-größe-日本", "a b+c?d#e&f", "%2F"])(
    "takes a subject with the name %s",
    async (odd) => {
      const subject = `${uniqueName("contract")}-${odd}`;
      const { id } = await registry().register(subject, record("Odd", name));
      expect(await registry().register(subject, record("Odd", name))).toEqual({ id, version: 1 });
      expect((await registry().versions(subject)).map((found) => found.subject)).toEqual([subject]);
      expect(await registry().subjects()).toContain(subject);
    },
  );

  it("lists subjects sorted", async () => {
    for (const letter of ["b", "a", "C"]) await registry().register(uniqueName(letter), record("Sorted", name));
    const subjects = await registry().subjects();
    expect(subjects).toEqual(subjects.toSorted());
  });

  it("says that an unknown subject is unknown", () =>
    expect(registry().versions(uniqueName("nobody"))).rejects.toMatchObject({ code: "SCHEMA_NOT_FOUND" }));

  it("knows no schema of an unknown id", async () => {
    expect(await registry().byId(ID_THAT_NOBODY_HAS)).toBeUndefined();
  });
}
