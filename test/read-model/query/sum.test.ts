import { expect, it } from "vitest";
import { sumOf } from "../../../src/read-model/query/sum.ts";

const P = 2 ** 53;

// The sums are what a server answers.
it.each<[readonly (number | bigint)[], number | bigint]>([
  [[], 0],
  [[1, 2n], 3],
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
])("is the server's, case %#", (values, sum) => {
  expect(sumOf(values)).toBe(sum);
});
