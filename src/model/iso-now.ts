let at = 0;
let text = "";

/** Now, as RFC 3339 has it, to the millisecond: made once for all who ask in the same one. */
export function isoNow(): string {
  const now = Date.now();
  if (now !== at) {
    at = now;
    text = new Date(now).toISOString();
  }
  return text;
}
