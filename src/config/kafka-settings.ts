import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { messageOf } from "../errors.ts";
import type { ShapedSettings } from "./shape.ts";
import type { KafkaConfig, KafkaSasl, KafkaTls } from "./types.ts";

/** Adds what is wrong with a setting, as a sentence to follow its source's name. */
export type Report = (path: string, problem: string) => void;

const DEFAULT_BROKERS = ["127.0.0.1:9092"];

/** Puts together the settings for Kafka, with the files that they name read. */
export async function kafkaConfig(
  { brokers = DEFAULT_BROKERS, clientId, groupPrefix, idHeader, ssl, sasl }: ShapedSettings["kafka"],
  cwd: string,
  report: Report,
): Promise<KafkaConfig> {
  return {
    brokers,
    clientId,
    groupPrefix,
    idHeader,
    ssl: await tlsOf(ssl, cwd, report),
    sasl: saslOf(sasl, report),
  };
}

async function tlsOf(
  { enabled, caFile, certFile, keyFile }: ShapedSettings["kafka"]["ssl"],
  cwd: string,
  report: Report,
): Promise<KafkaTls | undefined> {
  if (certFile !== undefined && keyFile === undefined) {
    report("kafka.ssl.certFile", "needs the certificate's key: set KAFKA_SSL_KEY_FILE too");
  }
  if (keyFile !== undefined && certFile === undefined) {
    report("kafka.ssl.keyFile", "needs the key's certificate: set KAFKA_SSL_CERT_FILE too");
  }
  const read = async (path: string, file: string | undefined): Promise<string | undefined> => {
    if (file === undefined) return undefined;
    try {
      return await readFile(resolve(cwd, file), "utf8");
    } catch (error) {
      report(path, `can't be read: ${messageOf(error)}`);
      return undefined;
    }
  };
  const ca = await read("kafka.ssl.caFile", caFile);
  const cert = await read("kafka.ssl.certFile", certFile);
  const key = await read("kafka.ssl.keyFile", keyFile);
  const on = enabled ?? [caFile, certFile, keyFile].some((file) => file !== undefined);
  if (!on) return undefined;
  return { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) };
}

function saslOf(
  { mechanism, username, password }: ShapedSettings["kafka"]["sasl"],
  report: Report,
): KafkaSasl | undefined {
  if (username !== undefined && password !== undefined) return { mechanism, username, password };
  if (username !== undefined) report("kafka.sasl.username", "needs a password: set KAFKA_SASL_PASSWORD too");
  if (password !== undefined) report("kafka.sasl.password", "needs a user name: set KAFKA_SASL_USERNAME too");
  return undefined;
}
