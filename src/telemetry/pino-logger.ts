import { type DestinationStream, type Logger as Pino, pino } from "pino";
import pretty from "pino-pretty";
import { activeSpanFields } from "./active-span.ts";
import type { LogFields, Logger } from "./logger.ts";
import { maskSecrets } from "./mask-secrets.ts";
import { serializeError } from "./serialize-error.ts";

/** How to log. */
export interface LoggerOptions {
  readonly level: "debug" | "info" | "warn" | "error" | "silent";
  /** `auto`: pretty where the destination is a terminal, else JSON. */
  readonly format: "json" | "pretty" | "auto";
  /** Default: standard error. */
  readonly destination?: LogDestination;
}

/** Where lines go. */
interface LogDestination {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

const SECRETS = [
  "apiKey",
  "apiKeys",
  "authorization",
  "Authorization",
  "cookie",
  "credentials",
  "jwt",
  "passphrase",
  "password",
  "sasl",
  "secret",
  "set-cookie",
  "token",
  "x-api-key",
];

/** How deep in a line's fields secrets are looked for by name. */
const DEPTH = 4;

const REDACT = {
  paths: SECRETS.flatMap((name) => Array.from({ length: DEPTH }, (_, depth) => `${"*.".repeat(depth)}["${name}"]`)).map(
    (path) => path.replace(".[", "["),
  ),
  censor: "***",
};

/**
 * A logger that writes a line for each call at once, so that none is lost when the process ends. Fields that are named
 * like secrets, and what looks like one in any text, are masked; a line that is written in a span has its ids.
 */
export function createLogger({ level, format, destination = process.stderr }: LoggerOptions): Logger {
  const isPretty = format === "pretty" || (format === "auto" && destination.isTTY === true);
  const options = {
    level,
    base: null,
    redact: REDACT,
    serializers: { error: serializeError, err: serializeError },
    mixin: () => activeSpanFields() ?? {},
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return adapt(pino(options, isPretty ? prettyStream(destination) : lineStream(destination)));
}

function adapt(logger: Pino): Logger {
  return {
    debug: (fields, message) => {
      logger.debug(fields, message);
    },
    info: (fields, message) => {
      logger.info(fields, message);
    },
    warn: (fields, message) => {
      logger.warn(fields, message);
    },
    error: (fields, message) => {
      logger.error(fields, message);
    },
    child: (fields: LogFields) => adapt(logger.child(fields)),
  };
}

function lineStream(destination: LogDestination): DestinationStream {
  return {
    write: (line) => {
      destination.write(maskSecrets(line));
    },
  };
}

/** Formats within the process: a worker would lose its last lines when the process ends. */
function prettyStream(destination: LogDestination): DestinationStream {
  const format = pretty.prettyFactory({
    colorize: destination.isTTY === true && pretty.isColorSupported,
    translateTime: "SYS:HH:MM:ss",
    ignore: "pid,hostname",
    singleLine: true,
    errorLikeObjectKeys: ["err", "error"],
  });
  return {
    write: (line) => {
      destination.write(format(maskSecrets(line)));
    },
  };
}
