// What a media server's users see in a terminal: requests, downloads and news as they come.
//
//   bun examples/requests.ts "$(bun run --silent headend token u1)" [http://localhost:4000]

import { connectRequests, type HeadendError } from "headend/client";

const [token, url = "http://localhost:4000"] = process.argv.slice(2);
if (!token) throw new Error("usage: bun examples/requests.ts TOKEN [URL]");

const onRefused = ({ code, message }: HeadendError) => console.log(`-- ${code}: ${message}`);
const media = connectRequests(url, { namespace: "/media", token, onRefused });
const personal = connectRequests(url, { namespace: "/authenticated", token });

media.on("connect", () => console.log("-- connected"));
media.on("media:request:status", ({ request, currentStatus, requestId }) =>
  console.log(`${request.title} is ${currentStatus} (${requestId})`),
);
media.on("media:download:progress", ({ progress: { percentage, speed, eta } }) =>
  console.log(`${percentage} % at ${speed}, ${eta} left`),
);
personal.on("user:notification", ({ title, message }) => console.log(`** ${title}: ${message}`));
personal.on("user:session", ({ event, expiresAt }) => console.log(`-- ${event}, until ${expiresAt}`));
