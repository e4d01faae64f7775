const MASK = "***";

/** What hides: credentials of a URL, also of one with several hosts; secrets in its query; bearer tokens; JWTs. */
const SECRETS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/([a-z][a-z\d+.-]*:\/\/)[^\s/?#"'`<>]*@/gi, `$1${MASK}@`],
  [/([?&][^=&\s"']*(?:password|secret|token|key|credential)[^=&\s"']*=)[^&#\s"'\\]*/gi, `$1${MASK}`],
  [/\b(Bearer|Basic)\s+[\w.~+/-]{8,}=*/gi, `$1 ${MASK}`],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, MASK],
];

/** Masks what looks like a secret in a text that somebody else wrote, as drivers write the messages of their errors. */
export function maskSecrets(text: string): string {
  return SECRETS.reduce((masked, [pattern, replacement]) => masked.replace(pattern, replacement), text);
}
