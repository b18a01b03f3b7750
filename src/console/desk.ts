import type { Hono } from "hono";
import type { House } from "../house";
import type { DescribedApi } from "../http/openapi";
import type { Peer } from "../http/peer";
import { type RestEnv, restApp } from "../http/rest";
import { describedApi } from "../realtime/described";
import type { Endpoint } from "../realtime/endpoint";
import { Access } from "./access";
import { addressOf, type Listening } from "./addresses";
import { describeApi } from "./contracts";
import { addDocuments } from "./documents";
import { Look } from "./figures";
import { guard } from "./headers";
import { addMinting } from "./minting";
import { connectionsPanel } from "./own/connections";
import { keysPanel } from "./own/keys";
import { usersPanel } from "./own/users";
import { pageAssets } from "./page/assets";
import { addPanels, type Shown } from "./panels";
import { Stream } from "./stream";
import type { ApiContract, ErrorAnswer } from "./wire";

interface DeskParts {
  readonly house: House;
  readonly endpoints: readonly Endpoint[];
  readonly listening: readonly Listening[];
  readonly version: string;
  readonly consoleToken: string;
  readonly isLocal: boolean;
  metrics(): Promise<string>;
  /** AsyncAPI documents by API. */
  readonly documents: ReadonlyMap<string, object>;
  /** Accounts were changed here: what that ends ends before this does. */
  accountsChanged(): Promise<void>;
  /** How long a call may say nothing before it is cut; 0 = for ever. */
  setPatience(request: Request, seconds: number): void;
}

/** What the console answers once there is something to show. */
export interface Desk {
  fetch(request: Request, peer: Peer, path: string): Promise<Response>;
  /** Pages are told nothing any more. */
  close(): void;
}

/** What waits for a page that is closed is thrown away when it fetches none of it in this time. */
const LAST_PATIENCE_S = 5;
const LOOPBACK: Peer = { address: "127.0.0.1", network: "127.0.0.1", secure: false, host: "127.0.0.1" };

/** Puts the operator's desk together. What is for everybody comes before `demand`, everything else after it. */
export function openDesk(parts: DeskParts): Desk {
  const { house, endpoints, listening, version, consoleToken, isLocal, documents } = parts;
  const { accounts, tokens, apiKeys, limits, clock, log, ticker } = house;
  const app = restApp(log, ({ message, field }) => ({ ...refused(message, field) }));
  const access = new Access({ accounts, tokens, apiKeys, limits, clock, log, consoleToken, isLocal, version });
  const url = (api: string) => {
    const found = listening.find(({ name }) => name === api);
    return found ? urlOf(found) : "";
  };
  const stream = new Stream({ clock, log, ticker, look: () => new Look(house, endpoints, url) });

  addPage(app);
  access.addFree(app);
  app.use(access.demand);
  access.addOwn(app);

  app.get("/metrics", async (c) => {
    c.header("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    return c.body(await parts.metrics());
  });
  app.get("/asyncapi/:file{[a-z]+\\.json}", (c) => {
    const document = documents.get(c.req.param("file").replace(".json", ""));
    return document ? c.json(document) : c.notFound();
  });
  app.get("/stream", (c) => {
    c.header("Content-Type", "text/event-stream; charset=utf-8");
    // Some proxies keep what they get until there is more of it.
    c.header("X-Accel-Buffering", "no");
    const { raw } = c.req;
    // Whoever asks for no body would never end it.
    if (raw.method === "HEAD") return c.body(null);
    parts.setPatience(raw, 0);
    return c.body(stream.open(access.callerOf(c), () => parts.setPatience(raw, LAST_PATIENCE_S)));
  });

  const contracts = endpoints.map(({ api }) => ({ name: api.name, describe: describeApi(api) }));
  app.get("/contracts", (c) => {
    const list = listening.flatMap((each) => {
      const contract = contracts.find(({ name }) => name === each.name);
      return contract ? [contract.describe(addressOf(each, c.env.peer))] : [];
    });
    return c.json(list satisfies ApiContract[]);
  });
  addDocuments(app, { apis: describedApis, version });
  addMinting(app, house, endpoints, access);
  addPanels(app, panelsOf(parts), access, log);

  return {
    async fetch(request, peer, path) {
      const response = await app.fetch(request, { peer, path });
      return guard(
        response,
        listening.map((each) => addressOf(each, peer).origin),
      );
    },
    close: () => stream.close(),
  };

  /** The APIs' REST calls, where whoever asks reaches them. */
  function describedApis(peer: Peer): DescribedApi[] {
    return listening.flatMap((each) => {
      const found = endpoints.find(({ api }) => api.name === each.name);
      return (found && describedApi(found.api, addressOf(each, peer).origin, each.prefix)) ?? [];
    });
  }

  function urlOf(each: Listening): string {
    const { origin, path } = addressOf(each, LOOPBACK);
    return origin + path.replace("/socket.io/", "");
  }
}

function refused(message: string, field: string | undefined): ErrorAnswer {
  return { message, ...(field !== undefined && { field }) };
}

/** The page is the same for everybody, and the way to sign in. */
function addPage(app: Hono<RestEnv>): void {
  app.use(async (c, next) => {
    const { path, method } = c.req;
    if (method !== "GET" || !/^\/($|favicon\.ico$|page\/|docs\/)/.test(path)) return next();
    const asset = (await pageAssets()).get(path);
    if (!asset) return next();
    c.header("Content-Type", asset.type);
    return c.body(asset.body);
  });
}

function panelsOf({ house, endpoints, accountsChanged }: DeskParts): Shown[] {
  const { accounts, apiKeys } = house;
  const scopes = [...endpoints.map(({ api }) => api.name), "metrics"];
  const own = [connectionsPanel(endpoints), usersPanel(accounts, accountsChanged), keysPanel(apiKeys, scopes)];
  return [
    ...own.map((panel) => ({ owner: "console", panel })),
    ...endpoints.flatMap(({ api, behaviour }) => (behaviour.panels ?? []).map((panel) => ({ owner: api.name, panel }))),
  ];
}
