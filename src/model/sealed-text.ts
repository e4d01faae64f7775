import { crc32 } from "node:zlib";

/** Packs a JSON value into an opaque text that tells a damaged or made-up one. It hides nothing and proves nothing. */
export function seal(value: unknown): string {
  const body = JSON.stringify(value);
  return Buffer.from(`${checksum(body)}${body}`).toString("base64url");
}

/** Reads back what {@link seal} packed; undefined for anything else. */
export function unseal(text: string): unknown {
  const packed = Buffer.from(text, "base64url").toString();
  const body = packed.slice(8);
  return checksum(body) === packed.slice(0, 8) ? jsonOf(body) : undefined;
}

/** A checksum is soon made up: what stands behind it may be anything. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function checksum(body: string): string {
  return crc32(body).toString(16).padStart(8, "0");
}
