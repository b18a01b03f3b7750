import { restrictions, streamChat, videoChat } from "./chat";
import { courses } from "./courses";
import { jobs, signedOut } from "./jobs";
import type { Pledge } from "./pledge";
import { progress, watched } from "./progress";
import { notifications, requests } from "./requests";

/** Everything that the server promises to have stored: one line each. */
export const PLEDGES: readonly Pledge[] = [
  progress,
  watched,
  streamChat,
  videoChat,
  restrictions,
  courses,
  requests,
  notifications,
  jobs,
  signedOut,
];
