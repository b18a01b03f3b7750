// What a media server's users see in a terminal: requests, downloads and news as they come.
//
//   bun examples/requests.ts "$(bun run --silent headend token u1)" [http://localhost:4000]

import { io, type Socket } from "socket.io-client";
// Types only: a client needs the contract, not the server.
import type { RequestsCommands, RequestsEvents } from "../src/apis/requests/contract";

const [token, url = "http://localhost:4000"] = process.argv.slice(2);
if (!token) throw new Error("usage: bun examples/requests.ts TOKEN [URL]");

const auth = { token };
const media: Socket<RequestsEvents<"/media">, RequestsCommands<"/media">> = io(`${url}/media`, { auth });
const personal: Socket<RequestsEvents<"/authenticated">, RequestsCommands<"/authenticated">> = io(
  `${url}/authenticated`,
  { auth },
);

media.on("connect", () => console.log("-- connected"));
media.on("connect_error", ({ message }) => console.log(`-- not connected: ${message}`));
media.on("media:request:status", ({ request, currentStatus, requestId }) =>
  console.log(`${request.title} is ${currentStatus} (${requestId})`),
);
media.on("media:download:progress", ({ progress: { percentage, speed, eta } }) =>
  console.log(`${percentage} % at ${speed}, ${eta} left`),
);
personal.on("user:notification", ({ title, message }) => console.log(`** ${title}: ${message}`));
personal.on("user:session", ({ event, expiresAt }) => console.log(`-- ${event}, until ${expiresAt}`));
