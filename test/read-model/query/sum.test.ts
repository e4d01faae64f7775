import { expect, it } from "vitest";
import { Decimal } from "../../../src/model/decimal.ts";
import type { Numeric } from "../../../src/read-model/query/numeric.ts";
import { sumOf } from "../../../src/read-model/query/sum.ts";

const P = 2 ** 53;

const decimal = (text: string): Decimal => new Decimal(text);

// The sums are what a server answers.
it.each<[readonly Numeric[], Numeric]>([
  [[], 0],
  [[1, 2n], 3n],
  [[2 ** 31 - 1, 1], 2n ** 31n],
  [[2 ** 31 - 1, 0], 2 ** 31 - 1],
  [[2n ** 60n, 1], 2n ** 60n + 1n],
  [[2n ** 62n, 2n ** 62n], 2 ** 63],
  [[0.1, 0.2, 0.3], 0.6],
  [[2 ** 53, 1, 1, 1], 2 ** 53 + 4],
  [[0.5, 2n ** 60n], 2 ** 60],
  [[1, Number.POSITIVE_INFINITY], Number.POSITIVE_INFINITY],
  [[P, 2.5, P], 18014398509481984],
  [[P, 2.5, P, 0], 18014398509481988],
  [[P, P, 2.5], 18014398509481988],
  [[P, 1, 1], P + 2],
  [Array.from({ length: 10 }, () => 0.1), 1],
  [[1, 1e100, 1, -1e100], 0],
  [[1e16, 1, 1, 1], 10_000_000_000_000_004],
  [[0.5, Number.POSITIVE_INFINITY, 1], Number.POSITIVE_INFINITY],
  [[0.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], Number.NaN],
  [[1, 2n ** 60n], 2n ** 60n + 1n],
  [[decimal("0.10"), decimal("0.2")], decimal("0.30")],
  [[decimal("0.10"), 1, 2n], decimal("3.10")],
  [[decimal("9999999999999999999999999999999999"), 1], decimal("10000000000000000000000000000000000")],
  [[decimal("9999999999999999999999999999999999"), decimal("0.5")], decimal("10000000000000000000000000000000000")],
  [[decimal("1.5"), Number.NaN], Number.NaN],
  [[2n ** 53n, 2.5, decimal("0.10")], decimal("9007199254740994.60")],
])("is the server's, case %#", (values, sum) => {
  expect(sumOf(values)).toStrictEqual(sum);
});
