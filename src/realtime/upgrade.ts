import { type Clock, pause } from "../runtime/clock";
import type { EngineSocket } from "./connection";

/** A transport of bun-engine, as far as an upgrade needs it. */
interface Transport {
  readonly name: string;
  readonly writable: boolean;
  send(packets: readonly { type: string; data?: string }[]): void;
  close(): void;
  on(event: string, listener: (packet: Packet) => void): void;
  off(event?: string, listener?: (packet: Packet) => void): void;
}

interface Packet {
  readonly type: string;
  readonly data?: unknown;
}

/** What bun-engine's connection has for an upgrade: private to it, so its version is pinned. */
interface Upgradable {
  readonly readyState: string;
  transport: Transport;
  upgradeState: "not_upgraded" | "upgrading" | "upgraded";
  on(event: "close", listener: () => void): void;
  off(event: "close", listener: () => void): void;
  emit(event: "upgrade", transport: Transport): void;
  bindTransport(transport: Transport): void;
  closeTransport(): void;
  flush(): void;
}

/** As long as the engine's own. */
const TIMEOUT_MS = 10_000;
/** A poll that comes while its client probes is sent home so much later, that it does not come again at once. */
const SENT_HOME_MS = 50;

/**
 * Has a polling connection upgrade as the protocol says. The engine's own way stays "upgrading" for good when an upgrade
 * fails, keeps the websocket of a session that has ended, and starts a timer that never ends for every further probe.
 */
export function upgradeInOrder(connection: EngineSocket, clock: Clock): void {
  const upgradable = connection as unknown as Upgradable;
  Object.assign(upgradable, { _maybeUpgrade: (transport: Transport) => begin(upgradable, transport, clock) });
}

function begin(connection: Upgradable, webSocket: Transport, clock: Clock): void {
  if (connection.upgradeState !== "not_upgraded" || connection.readyState !== "open") {
    webSocket.close();
    return;
  }
  connection.upgradeState = "upgrading";
  const polling = connection.transport;
  let hasProbed = false;

  // What waits for a poll goes with it; one that would only wait is sent home, so that the client can move on.
  const sendHome = () => {
    if (connection.upgradeState === "upgrading" && polling.writable) polling.send([{ type: "noop" }]);
  };
  const sendHomeSoon = () => void pause(SENT_HOME_MS).then(sendHome);
  const end = (state: "not_upgraded" | "upgraded") => {
    cancel();
    webSocket.off();
    polling.off("drain", sendHomeSoon);
    connection.off("close", giveUp);
    connection.upgradeState = state;
  };
  const giveUp = () => {
    end("not_upgraded");
    webSocket.close();
  };

  const cancel = clock.after(TIMEOUT_MS, giveUp);
  connection.on("close", giveUp);
  webSocket.on("close", giveUp);
  webSocket.on("packet", ({ type, data }) => {
    if (type === "ping" && data === "probe" && !hasProbed) {
      hasProbed = true;
      webSocket.send([{ type: "pong", data: "probe" }]);
      sendHome();
      polling.on("drain", sendHomeSoon);
    } else if (type === "upgrade" && hasProbed && connection.readyState === "open") {
      end("upgraded");
      connection.closeTransport();
      connection.bindTransport(webSocket);
      connection.emit("upgrade", webSocket);
      connection.flush();
    } else giveUp();
  });
}
