import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

/** What GraphiQL shows at first. */
export interface GraphiQLPageOptions {
  readonly title: string;
  /** The query that a visitor without a history sees. */
  readonly defaultQuery: string;
}

/** Answers a browser with GraphiQL. */
export type GraphiQLPage = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

interface RenderedPage {
  readonly html: Buffer;
  readonly zipped: Buffer;
  readonly etag: string;
}

/** Whether a person has opened the endpoint in a browser. */
export function wantsPage({ method, headers }: IncomingMessage): boolean {
  return method === "GET" && headers.accept?.includes("text/html") === true;
}

/** GraphiQL with all its parts in the page: it works with no network. Made at the first visit, for it is large. */
export function createGraphiQLPage(options: () => GraphiQLPageOptions): GraphiQLPage {
  let page: { readonly query: string; readonly rendered: Promise<RenderedPage> } | undefined;
  return async (request, response) => {
    const current = options();
    if (page?.query !== current.defaultQuery) page = { query: current.defaultQuery, rendered: render(current) };
    send(request, response, await page.rendered);
  };
}

async function render({ title, defaultQuery }: GraphiQLPageOptions): Promise<RenderedPage> {
  const { renderGraphiQL } = await import("@graphql-yoga/render-graphiql");
  const html = Buffer.from(renderGraphiQL({ title, defaultQuery: withoutTags(defaultQuery) }));
  const zipped = await promisify(gzip)(html);
  return { html, zipped, etag: `"${createHash("sha256").update(html).digest("base64url")}"` };
}

/** The query stands inside a script element, which a closing tag in it would end. */
function withoutTags(query: string): string {
  return query.replaceAll("<", "");
}

function send({ headers }: IncomingMessage, response: ServerResponse, { html, zipped, etag }: RenderedPage): void {
  response.setHeader("etag", etag);
  response.setHeader("vary", "accept, accept-encoding");
  response.setHeader("cache-control", "no-cache");
  response.setHeader("x-frame-options", "DENY");
  if (headers["if-none-match"] === etag) {
    response.writeHead(304).end();
    return;
  }
  const isZipped = headers["accept-encoding"]?.toString().includes("gzip") === true;
  const body = isZipped ? zipped : html;
  if (isZipped) response.setHeader("content-encoding", "gzip");
  response.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-length": body.byteLength }).end(body);
}
