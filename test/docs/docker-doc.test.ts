import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { blocksOf } from "./blocks.ts";

// No Docker engine may be here: the page is held to the files, which test/docker.test.ts holds to the code.
const page = readFileSync("docs/docker.md", "utf8");
const dockerfile = readFileSync("Dockerfile", "utf8");
const compose = readFileSync("docker-compose.yml", "utf8");
const { services, volumes } = z
  .object({
    services: z.record(z.string(), z.object({ ports: z.tuple([z.string()]), volumes: z.array(z.string()).optional() })),
    volumes: z.record(z.string(), z.unknown()),
  })
  .parse(parse(compose));

test("its commands are those that the files name", () => {
  const commands = blocksOf(page).flatMap(({ text }) => text.trim().split("\n"));
  expect(commands).toHaveLength(3);
  for (const command of commands) expect(dockerfile + compose).toContain(command);
});

test("its table has the services, their ports, the variables of these, and the volumes", () => {
  const rows = [...page.matchAll(/^\| `(\w+)` +\| `127\.0\.0\.1:(\d+)` +\| `(\w+)` +\|(.*)\|$/gm)];
  const shown = rows.map(([, service = "", port, variable]) => [service, [port, variable]] as const);
  const actual = Object.entries(services).map(([service, { ports }]) => {
    const [, variable, port] = /^127\.0\.0\.1:\$\{(\w+):-(\d+)\}:/.exec(ports[0]) ?? [];
    return [service, [port, variable]] as const;
  });
  expect(new Map(shown)).toEqual(new Map(actual));
  const kept = rows.flatMap(([, service = "", , , data]) => {
    const [, volume] = /`([\w-]+)`/.exec(data ?? "") ?? [];
    return volume === undefined
      ? []
      : [[volume, services[service]?.volumes?.some((one) => one.startsWith(`${volume}:`))]];
  });
  expect(kept).toEqual(Object.keys(volumes).map((volume) => [volume, true]));
});
