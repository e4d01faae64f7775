import fc from "fast-check";
import { decimalText } from "../../src/catalog/avro/decimal.ts";
import { Decimal } from "../../src/model/decimal.ts";

const MOST = 10n ** 34n - 1n;

const unscaled = fc.oneof(
  fc.bigInt({ min: -MOST, max: MOST }),
  fc.bigInt({ min: -99n, max: 99n }),
  fc.maxSafeInteger().map(BigInt),
  fc.constantFrom(0n, MOST, -MOST, 10n ** 15n - 1n, 10n ** 15n, 2n ** 64n, 2n ** 32n, -1n),
);

/** Decimals of every size that is stored. */
export const anyDecimal: fc.Arbitrary<Decimal> = fc
  .tuple(unscaled, fc.nat({ max: 34 }))
  .map(([digits, scale]) => new Decimal(decimalText(digits, scale)));
