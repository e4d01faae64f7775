import { existsSync, readFileSync } from "node:fs";
import { Keyword, type Copy, DockerfileParser, type Env, type Instruction } from "dockerfile-ast";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { loadConfig } from "../src/config.ts";
import { settings } from "../src/config/settings.ts";
import { registryPath } from "../stack/settings.ts";

const manifest = z
  .object({ bin: z.object({ eventql: z.string() }), scripts: z.object({ start: z.string(), build: z.string() }) })
  .parse(JSON.parse(readFileSync("package.json", "utf8")));
const instructions = DockerfileParser.parse(readFileSync("Dockerfile", "utf8")).getInstructions();
const gateway = z
  .object({
    services: z.object({
      gateway: z.object({
        build: z.literal("."),
        depends_on: z.record(z.string(), z.object({ condition: z.literal("service_healthy") })),
        ports: z.tuple([z.string()]),
        environment: z.record(z.string(), z.string()),
        volumes: z.tuple([z.string()]),
      }),
      kafka: z.object({ environment: z.record(z.string(), z.string()) }),
      registry: z.object({ environment: z.record(z.string(), z.string()) }),
      mongo: z.object({ command: z.array(z.string()) }),
    }),
  })
  .parse(parse(readFileSync("docker-compose.yml", "utf8"))).services;

/** The instructions of the last stage: what the image runs. */
const image = instructions.slice(instructions.findLastIndex((one) => one.getKeyword() === Keyword.FROM.toString()));

function only(keyword: Keyword, among: readonly Instruction[] = image): Instruction {
  const found = among.filter((one) => one.getKeyword() === keyword.toString());
  const [first] = found;
  if (first === undefined || found.length > 1) throw new TypeError(`${keyword} stands there ${found.length} times`);
  return first;
}

function textOf(instruction: Instruction): string {
  return instruction.getArgumentsContent() ?? "";
}

/** The strings of an instruction in JSON form. */
function strings(text: string): readonly string[] {
  return z.array(z.string()).parse(JSON.parse(text));
}

const isEnv = (one: Instruction): one is Env => one.getKeyword() === Keyword.ENV.toString();
const isCopy = (one: Instruction): one is Copy => one.getKeyword() === Keyword.COPY.toString();
const imageEnv = Object.fromEntries(
  image
    .filter(isEnv)
    .flatMap((one) => one.getProperties())
    .map((property) => [property.getName(), property.getValue() ?? ""]),
);
const known = new Set(settings.flatMap(({ env }) => env ?? []));

describe("Dockerfile", () => {
  test("copies only what there is and what .dockerignore lets through", () => {
    const allowed = readFileSync(".dockerignore", "utf8")
      .split("\n")
      .flatMap((line) => (line.startsWith("!") ? line.slice(1) : []));
    const sources = instructions
      .filter(isCopy)
      .filter((copy) => copy.getFromFlag() === null)
      .flatMap((copy) => textOf(copy).split(/\s+/).slice(0, -1))
      .map((source) => source.replace(/^\.\//, ""));
    expect(sources).toContain("src");
    for (const source of sources) {
      expect(existsSync(source), source).toBe(true);
      expect(allowed, source).toContain(source);
    }
  });

  test("has several stages; the last one is small, and runs as a user without rights", () => {
    expect(instructions.filter((one) => one.getKeyword() === Keyword.FROM.toString())).toHaveLength(3);
    expect(textOf(image[0] ?? only(Keyword.FROM))).toMatch(/^node:24-alpine$/);
    expect(textOf(only(Keyword.USER))).toBe("node");
    const order = image.map((one) => one.getKeyword());
    expect(order.indexOf("USER")).toBeLessThan(order.indexOf("CMD"));
  });

  test("runs what the build makes, with the arguments of npm start", () => {
    const entry = strings(textOf(only(Keyword.ENTRYPOINT)));
    expect(entry.at(-1)).toBe(manifest.bin.eventql.replace(/^\.\//, ""));
    expect(manifest.scripts.start).toContain(entry[1]);
    expect(strings(textOf(only(Keyword.CMD)))).toEqual(["start"]);
    const runs = instructions.filter((one) => one.getKeyword() === "RUN").map(textOf);
    expect(runs).toContain("npm run build");
    expect(manifest.scripts.build).toContain("tsconfig.build.json");
    const { compilerOptions } = z
      .object({ compilerOptions: z.object({ outDir: z.literal("dist"), rootDir: z.literal("src") }) })
      .parse(JSON.parse(readFileSync("tsconfig.build.json", "utf8")));
    expect(existsSync(entry.at(-1)?.replace(compilerOptions.outDir, "src").replace(/\.js$/, ".ts") ?? "")).toBe(true);
  });

  test("sets only variables that the settings have, and asks the health of the port that it serves", async () => {
    for (const name of Object.keys(imageEnv)) expect([...known, "NODE_ENV"], name).toContain(name);
    const { NODE_ENV: _mode, ...env } = imageEnv;
    const config = await loadConfig({ flags: {}, env, cwd: import.meta.dirname });
    expect(config).toMatchObject({ host: "0.0.0.0", port: 4000, data: textOf(only(Keyword.VOLUME)) });
    expect(textOf(only(Keyword.EXPOSE))).toBe(String(config.port));
    expect(textOf(only(Keyword.HEALTHCHECK))).toContain(`http://127.0.0.1:${config.port}/readyz`);
    expect(readFileSync("src/server/routes.ts", "utf8")).toContain('"/readyz"');
  });
});

describe("the gateway of docker-compose.yml", () => {
  const { environment, ports, volumes } = gateway.gateway;

  test("sets only variables that the settings have, and they are right", async () => {
    for (const name of Object.keys(environment)) expect([...known], name).toContain(name);
    const { NODE_ENV: _mode, ...inherited } = imageEnv;
    const env = { ...inherited, ...environment, MONGODB_URL: withDefaults(environment["MONGODB_URL"] ?? "") };
    const config = await loadConfig({ flags: {}, env, cwd: import.meta.dirname });
    expect(config).toMatchObject({ stack: "real", createTopics: true, sample: true, allowAnonymous: true });
  });

  test("calls the servers by their names and the ports that they listen on inside", () => {
    const { kafka, registry, mongo } = gateway;
    expect(kafka.environment["KAFKA_LISTENERS"]).toContain("INTERNAL://:19092");
    expect(environment["KAFKA_BROKERS"]).toBe("kafka:19092");
    const registryPort = registry.environment["QUARKUS_HTTP_PORT"] ?? "";
    expect(environment["SCHEMA_REGISTRY_URL"]).toBe(`http://registry:${registryPort}${registryPath}`);
    const mongoPort = mongo.command[mongo.command.indexOf("--port") + 1] ?? "";
    expect(environment["MONGODB_URL"]).toBe(`mongodb://mongo:${mongoPort}/?directConnection=true`);
    expect(Object.keys(gateway.gateway.depends_on)).toEqual(["kafka", "registry", "mongo"]);
  });

  test("is published to this machine alone, on the port that the image serves", () => {
    expect(withDefaults(ports[0])).toBe(`127.0.0.1:4000:${imageEnv["EVENTQL_PORT"]}`);
  });

  test("reads the schemas of this folder", () => {
    const [from, to, mode] = volumes[0].split(":");
    expect([existsSync(from ?? ""), to, mode]).toEqual([true, `${textOf(only(Keyword.WORKDIR))}/schemas`, "ro"]);
  });
});

/** `${NAME:-value}` becomes the value. */
function withDefaults(text: string): string {
  return text.replaceAll(/\$\{\w+:-([^}]*)\}/g, "$1");
}
