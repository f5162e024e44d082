import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

/** A request as it arrived. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly key: string | undefined;
  readonly token: string | undefined;
  readonly body: unknown;
}

/** What the server does with a request. */
export type Behaviour = (response: ServerResponse, request: Received) => void;

export interface Server {
  readonly origin: string;
  readonly requests: Received[];
  /** Resolves when so many requests have arrived. */
  arrived(count: number): Promise<void>;
}

/** A server that does with its first request the first of these, and with every one after the last the last. */
export async function serving(t: TestContext, ...behaviours: [Behaviour, ...Behaviour[]]): Promise<Server> {
  const requests: Received[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const server = createServer(async (message, response) => {
    const request = await received(message);
    requests.push(request);
    for (const { count, resolve } of waiting) if (requests.length >= count) resolve();
    const behaviour = behaviours[Math.min(requests.length, behaviours.length) - 1];
    behaviour?.(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    arrived: (count) =>
      requests.length >= count
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push({ count, resolve });
          }),
  };
}

async function received(message: IncomingMessage): Promise<Received> {
  let text = "";
  for await (const chunk of message) text += chunk;
  const { authorization, "idempotency-key": key } = message.headers;
  return {
    method: message.method ?? "",
    path: message.url ?? "",
    key: key as string | undefined,
    token: authorization?.replace("Bearer ", ""),
    body: text === "" ? undefined : JSON.parse(text),
  };
}

export function json(body: unknown, status = 200): Behaviour {
  return (response) => {
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  };
}

/** A refusal as `@endpoint` renders it. */
export function problem(status: number, type: string, members: object = {}, headers: object = {}): Behaviour {
  return (response) => {
    response.writeHead(status, { "Content-Type": "application/problem+json", ...headers });
    response.end(JSON.stringify({ type, title: `The title of ${type}`, status, detail: "In detail.", ...members }));
  };
}

/** What Hosting and Cloud Run say when it is they who answer. */
export function html(status: number, headers: object = {}): Behaviour {
  return (response) => {
    response.writeHead(status, { "Content-Type": "text/html; charset=UTF-8", ...headers });
    response.end(`<html><title>Error ${status}</title></html>`);
  };
}

export const hangs: Behaviour = () => {};

export const resets: Behaviour = (response) => {
  response.socket?.destroy();
};

/** The headers arrive, and the half of the body. */
export const breaksOff: Behaviour = (response) => {
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": "100" });
  response.write('{"tokenBalance":', () => response.socket?.destroy());
};
