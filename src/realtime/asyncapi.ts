import { jsonSchema } from "../jsonschema";
import type { Contract, Inbound, Limit, NamespaceContract, Outbound } from "./contract";

type Json = Record<string, unknown>;

/**
 * A contract as an AsyncAPI 3 document: each namespace is a channel, each event a message of it. The actions are the
 * server's: it receives what clients send. Channels are named by their namespace, `root` standing for `/`.
 *
 * @param version of the server
 */
export function asyncApi(contract: Contract, version: string): Json {
  const namespaces = Object.entries(contract.namespaces);
  return {
    asyncapi: "3.0.0",
    info: {
      title: contract.title,
      version,
      description: `${contract.description}\n\nTransport: Socket.IO 4 (Engine.IO 4) over websocket or polling. Every event may carry an acknowledgement callback: it is called once, with \`{success: true, …}\` or \`{success: false, error, code}\`.`,
    },
    defaultContentType: "application/json",
    channels: Object.fromEntries(namespaces.map(([name, namespace]) => [keyOf(name), channel(name, namespace)])),
    operations: Object.fromEntries(namespaces.flatMap(([name, namespace]) => operations(keyOf(name), namespace))),
  };
}

function channel(name: string, { access, receives, sends }: NamespaceContract): Json {
  const rows = [...Object.entries(receives), ...Object.entries(sends)];
  return {
    address: name,
    title: `Namespace ${name}`,
    description: `May be opened by: ${access}.`,
    messages: Object.fromEntries(rows.map(([event, row]) => [idOf(row, event), message(event, row)])),
  };
}

function message(event: string, row: Inbound | Outbound): Json {
  const isInbound = "access" in row;
  return {
    name: event,
    summary: row.summary,
    description: isInbound ? `${row.source}. May be sent by: ${row.access}.${limits(row)}` : row.source,
    payload: jsonSchema(row.payload, isInbound ? "input" : "output"),
    // Some events carry nothing.
    ...(row.example !== undefined && { examples: [{ payload: row.example }] }),
  };
}

function operations(channelKey: string, { receives, sends }: NamespaceContract): [string, Json][] {
  const channelRef = { $ref: `#/channels/${channelKey}` };
  const operation =
    (action: "receive" | "send") =>
    ([event, row]: [string, Inbound | Outbound]): [string, Json] => [
      `${channelKey}.${action}.${event}`,
      {
        action,
        channel: channelRef,
        summary: row.summary,
        messages: [{ $ref: `#/channels/${channelKey}/messages/${idOf(row, event)}` }],
      },
    ];
  return [...Object.entries(receives).map(operation("receive")), ...Object.entries(sends).map(operation("send"))];
}

/** Some events exist in both directions, with payloads of their own. */
function idOf(row: Inbound | Outbound, event: string): string {
  return `${"access" in row ? "receive" : "send"}.${event}`;
}

function keyOf(namespace: string): string {
  return namespace === "/" ? "root" : namespace.slice(1);
}

function limits({ limits }: Inbound): string {
  if (!limits) return " Limit: 20 a second, burst 40, per socket.";
  return ` Limit: ${limits.map(limitInWords).join(" and ")}, per user.`;
}

/** A documented limit, as people say it. */
export function limitInWords({ count, periodMs }: Limit): string {
  return `${count} in ${periodMs / 1000} s`;
}
