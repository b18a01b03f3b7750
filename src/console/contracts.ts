import { jsonSchema } from "../jsonschema";
import type { Api } from "../realtime/api";
import { limitInWords } from "../realtime/asyncapi";
import type { Inbound, NamespaceContract, Outbound } from "../realtime/contract";
import type { ApiAddress } from "./addresses";
import type { ApiContract, EventInfo, NamespaceInfo } from "./wire";

/** What the try-it page knows of an API, wherever that is reached. */
export function describeApi(api: Api): (address: ApiAddress) => ApiContract {
  const { name, contract } = api;
  const namespaces = Object.entries(contract.namespaces).map(([name, namespace]) => describe(name, namespace));
  const signIn = Object.values(contract.namespaces)
    .flatMap(({ receives }) => Object.entries(receives))
    .find(([, row]) => row.signsIn);
  // Where the handshake takes a token that is the shorter way.
  const signInEvent = api.carriers.length === 0 ? (signIn?.[0] ?? null) : null;
  return ({ origin, path }) => ({ name, title: contract.title, url: origin, path, signInEvent, namespaces });
}

function describe(name: string, { access, receives, sends }: NamespaceContract): NamespaceInfo {
  return {
    name,
    access,
    receives: Object.entries(receives).map(([event, row]) => inbound(event, row)),
    sends: Object.entries(sends).map(([event, row]) => outbound(event, row)),
  };
}

function inbound(event: string, { summary, access, limits, example, payload }: Inbound): EventInfo {
  return {
    event,
    summary,
    access,
    limits: limits?.map(limitInWords) ?? ["20 in 1 s, burst 40, per socket"],
    example,
    schema: jsonSchema(payload, "input"),
  };
}

function outbound(event: string, { summary, example, payload }: Outbound): EventInfo {
  return { event, summary, example, schema: jsonSchema(payload, "output") };
}
