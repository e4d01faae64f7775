import { textBytes, writeText } from "../../model/short-text.ts";

/** Where a value's bytes are written, and what was found wrong with it. */
export class Sink {
  /** Each names a field by its path, and what was expected; never the value. */
  readonly problems: string[] = [];
  /** How deep the type that is written stands in itself. */
  depth = 0;
  #bytes: Buffer = Buffer.allocUnsafe(256);
  #length = 0;

  /** Begins anew. */
  clear(): void {
    this.#length = 0;
    this.depth = 0;
    this.problems.length = 0;
  }

  /** A copy of what was written. Small ones share memory, which costs much less than some of its own for each. */
  result(): Uint8Array {
    return Buffer.from(this.#bytes.subarray(0, this.#length));
  }

  byte(value: number): void {
    const at = this.#reserve(1);
    this.#bytes[at] = value;
  }

  uint32(value: number): void {
    const at = this.#reserve(4);
    this.#bytes.writeUInt32BE(value, at);
  }

  float(value: number): void {
    const at = this.#reserve(4);
    this.#bytes.writeFloatLE(value, at);
  }

  double(value: number): void {
    const at = this.#reserve(8);
    this.#bytes.writeDoubleLE(value, at);
  }

  /** A zigzag varint of up to 64 bits. */
  long(value: number | bigint): void {
    const number = Number(value);
    if ((number | 0) === number) return this.#varint(((number << 1) ^ (number >> 31)) >>> 0);
    const wide = BigInt(value);
    let bits = BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n));
    for (; bits > 0x7fn; bits >>= 7n) this.byte(Number(bits & 0x7fn) | 0x80);
    this.byte(Number(bits));
  }

  string(value: string): void {
    const length = textBytes(value);
    this.long(length);
    const at = this.#reserve(length);
    writeText(this.#bytes, at, value, length);
  }

  /** Bytes as they are, without their length. */
  raw(value: Uint8Array): void {
    const at = this.#reserve(value.length);
    this.#bytes.set(value, at);
  }

  #varint(value: number): void {
    let bits = value;
    for (; bits > 0x7f; bits >>>= 7) this.byte((bits & 0x7f) | 0x80);
    this.byte(bits);
  }

  /** Makes room; where the next bytes go. The buffer may be another one afterwards. */
  #reserve(size: number): number {
    const begin = this.#length;
    this.#length += size;
    if (this.#length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#length, 2 * this.#bytes.length));
      this.#bytes.copy(grown, 0, 0, begin);
      this.#bytes = grown;
    }
    return begin;
  }
}
