import type { Setting } from "./settings.ts";

const MASK = "***";

/** Hides the credentials of a URL, also of one with several hosts, and those in its query. */
export function maskUrl(url: string): string {
  return (
    url
      // To the last `@`: a secret may hold characters that should have been escaped, and must not be shown for that.
      .replace(/^([a-z][a-z\d+.-]*:\/\/).*@/is, `$1${MASK}@`)
      .replace(/([?&][^=&]*(?:password|secret|token|key|credential)[^=&]*=)[^&#]*/gi, `$1${MASK}`)
  );
}

/** A setting's value as people may see it. */
export function maskSetting({ secret }: Setting, value: unknown): string {
  if (secret === "all") return MASK;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return secret === "url" ? maskUrl(text) : text;
}
