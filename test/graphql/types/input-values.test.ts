import { describe, expect, it, onTestFinished } from "vitest";
import { Decimal } from "../../../src/model/decimal.ts";
import { everyType } from "../example-catalogs.ts";
import { type Harness, codes, dataOf, messages, openHarness } from "../harness.ts";

const NEEDED = {
  flag: true,
  count: -1,
  total: "9007199254740993",
  ratio: 0.5,
  score: 1e300,
  title: "A",
  raw: "/wA=",
  hash: "AQIDBA==",
  price: "12.5",
  ref: "0192f0c1-2b7e-7cc4-9e33-5d1b8a3f6a10",
  day: "2024-02-29",
  at_millis: "13:45:30.123",
  at_micros: "13:45:30.123456",
  seen_millis: "1969-12-31T23:59:59.999Z",
  seen_micros: "1970-01-01T00:00:00.000001+00:00",
  local_millis: "2024-05-17T13:45:30.123",
  local_micros: "2024-05-17T13:45:30.123456",
  color: "true_",
};

async function open(): Promise<Harness> {
  const api = await openHarness(everyType);
  onTestFinished(() => api.close());
  return api;
}

async function change(api: Harness, input: Readonly<Record<string, unknown>>) {
  const query = 'mutation ($input: ThingChangedInput!) { thingChanged(id: "1", input: $input, wait: NONE) { id } }';
  return api.run(query, { variables: { input } });
}

describe("an event's input", () => {
  it("becomes the stored form of each type", async () => {
    const api = await open();
    dataOf(await change(api, NEEDED));
    expect(api.appends).toMatchObject([
      {
        payload: {
          flag: true,
          count: -1,
          total: 9007199254740993n,
          ratio: 0.5,
          score: 1e300,
          title: "A",
          raw: new Uint8Array([255, 0]),
          hash: new Uint8Array([1, 2, 3, 4]),
          price: new Decimal("12.50"),
          ref: NEEDED.ref,
          day: new Date("2024-02-29T00:00:00Z"),
          at_millis: 49_530_123,
          at_micros: 49_530_123_456n,
          seen_millis: new Date(-1),
          seen_micros: 1n,
          local_millis: new Date("2024-05-17T13:45:30.123Z"),
          local_micros: 1_715_953_530_123_456n,
          color: "true",
          nothing: null,
        },
      },
    ]);
  });

  it("leaves fields with a default to it", async () => {
    const api = await open();
    await change(api, NEEDED);
    const [append] = api.appends;
    const payload = append !== undefined && "payload" in append ? append.payload : {};
    expect(Object.keys(payload).toSorted()).toEqual([...Object.keys(NEEDED), "nothing"].toSorted());
  });

  it("nests: lists, maps sorted by key, records, and unions by their branch", async () => {
    const api = await open();
    const nested = {
      tags: ["b", "a"],
      colors: ["RED"],
      attributes: [
        { key: "z", value: "1" },
        { key: "a", value: "2" },
      ],
      address: { city: "Rome" },
      payment: { cash: {} },
      anything: { array: ["x"] },
      tree: { label: "root", children: [{ label: "leaf" }] },
      size: null,
    };
    dataOf(await change(api, { ...NEEDED, ...nested }));
    expect(api.appends).toMatchObject([
      {
        payload: {
          tags: ["b", "a"],
          colors: ["RED"],
          attributes: [
            { key: "a", value: "2" },
            { key: "z", value: "1" },
          ],
          address: { city: "Rome", zip: null },
          payment: { _type: "shop.Cash", value: {} },
          anything: { _type: "array", value: ["x"] },
          tree: { label: "root", children: [{ label: "leaf" }] },
          size: null,
        },
      },
    ]);
  });

  it("takes a field by its older name", async () => {
    const api = await open();
    const { title, ...rest } = NEEDED;
    dataOf(await change(api, { ...rest, name: title }));
    expect(api.appends).toMatchObject([{ payload: { title: "A" } }]);
  });

  it("names every problem by its path, and appends nothing", async () => {
    const api = await open();
    const { title, ...rest } = NEEDED;
    const result = await change(api, {
      ...rest,
      hash: "AQ==",
      price: "123456.789",
      ratio: 1e300,
      at_millis: "00:00:00.000001",
      tags: null,
      attributes: [
        { key: "a", value: title },
        { key: "a", value: "2" },
      ],
    });
    expect(codes(result)).toEqual(["EVENT_INVALID"]);
    expect(messages(result)).toMatchInlineSnapshot(
      `"The input doesn't fit shop.ThingChanged: ratio is beyond a float of 32 bits; title is missing; hash must hold exactly 4 bytes; price has at most 6 digits, 2 of them after the point; at_millis keeps milliseconds: give at most three digits after the second; tags may not be null; attributes[1].key stands in the map twice."`,
    );
    expect(result.errors?.[0]?.extensions["details"]).toMatchObject({
      problems: expect.arrayContaining([{ path: ["attributes", 1, "key"], reason: "stands in the map twice" }]),
    });
    expect(api.appends).toEqual([]);
  });

  it("refuses a field that is given by both its names", async () => {
    const api = await open();
    const result = await change(api, { ...NEEDED, name: "B" });
    expect(codes(result)).toEqual(["EVENT_INVALID"]);
    expect(messages(result)).toContain("title and name");
  });

  it.each([
    ["payment", {}],
    ["payment", { cash: {}, card: { digits: "1" } }],
    ["payment", { cash: null }],
    ["anything", { long: 1.5 }],
    ["total", 2 ** 53],
    ["total", "1e3"],
    ["raw", "not base64"],
    ["raw", 1234],
    ["ref", "not-a-uuid"],
    ["local_millis", "2024-05-17T13:45:30Z"],
    ["seen_millis", "2024-05-17T13:45:30"],
    ["at_millis", "24:00:00"],
    ["nothing", "something"],
    ["tags", ["a", null]],
  ])("refuses %s: %j", async (name, value) => {
    const api = await open();
    expect(codes(await change(api, { ...NEEDED, [name]: value }))).toEqual(["BAD_USER_INPUT"]);
    expect(api.appends).toEqual([]);
  });

  it("reads numbers that are written in the document from their digits", async () => {
    const api = await open();
    await api.run(`{ things(where: { total: { eq: 9007199254740993 }, price: { eq: 1.10 } }) { id } }`);
    expect(api.finds[0]?.options.filter).toEqual({
      $and: [{ total: { $eq: 9007199254740993n } }, { price: { $eq: new Decimal("1.10") } }],
    });
  });
});
