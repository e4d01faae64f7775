import fc from "fast-check";
import { expect, it } from "vitest";
import { fitDecimal, isDecimal } from "../../../src/graphql/types/decimal.ts";

it.each([
  ["12.5", 6, 2, "12.50"],
  ["-0012.500", 6, 2, "-12.50"],
  ["+7", 3, 0, "7"],
  ["-0.00", 3, 2, "0.00"],
  ["0.01", 2, 2, "0.01"],
  ["9999.99", 6, 2, "9999.99"],
  ["10000.00", 6, 2, undefined],
  ["0.001", 6, 2, undefined],
  ["1e3", 6, 2, undefined],
  [".5", 6, 2, undefined],
  ["", 6, 2, undefined],
])("fits %s into %i digits with %i after the point", (text, precision, scale, fitted) => {
  expect(fitDecimal(text, precision, scale)).toBe(fitted);
});

it("keeps every value that has the scale", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
      fc.integer({ min: 1, max: 10 }),
      (unscaled, scale) => {
        const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
        const text = `${unscaled < 0n ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
        expect(isDecimal(text)).toBe(true);
        expect(fitDecimal(text, 30, scale)).toBe(text);
      },
    ),
  );
});
