/** A small static web site on this machine. */
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

/** Finds the file of a site by its path, such as `/index.html`. */
export type FindFile = (path: string) => string | Uint8Array | undefined;

export interface Site {
  /** `http://127.0.0.1:…`, which browsers trust as they trust https. */
  readonly origin: string;
  close(): Promise<void>;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
};

/** Serves files, each with these headers; a path that ends in `/` is its `index.html`. */
export async function serveSite(find: FindFile, headers: Readonly<Record<string, string>> = {}): Promise<Site> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = pathname.endsWith('/') ? `${pathname}index.html` : pathname;
    const body = find(path);
    if (body === undefined) response.writeHead(404).end(`There is no ${path} here`);
    else response.writeHead(200, { 'content-type': types[extname(path)] ?? 'text/plain', ...headers }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** The files below a folder. */
export function filesBelow(folder: string): FindFile {
  return (path) => {
    const file = join(folder, normalize(decodeURIComponent(path)));
    return existsSync(file) ? readFileSync(file) : undefined;
  };
}
