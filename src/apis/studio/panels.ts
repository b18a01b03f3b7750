import { MAX_ROWS, type Panel, type Row } from "../../panel";
import { Refusal } from "../../refusal";
import { type Jobs, unknownMedia } from "./jobs";
import type { ClientRooms } from "./rooms";
import type { Job } from "./store";

/** Of one room. */
const SHOWN = 500;

/** Everybody's jobs. */
export function jobsPanel(jobs: Jobs): Panel {
  return {
    name: "jobs",
    title: "Jobs",
    columns: [
      { key: "kind", title: "Kind", kind: "text" },
      { key: "status", title: "Status", kind: "state" },
      { key: "progress", title: "Progress", kind: "percent" },
      { key: "stage", title: "Stage", kind: "text" },
      { key: "user", title: "User", kind: "id" },
      { key: "worker", title: "Worker", kind: "text" },
      { key: "created", title: "Created", kind: "time" },
      { key: "id", title: "Job", kind: "id" },
    ],
    actions: [
      {
        name: "cancel",
        title: "Cancel",
        isDangerous: true,
        offeredFor: { key: "status", values: ["queued", "processing"] },
        fields: [],
      },
    ],
    rows: async (search) => (await jobs.search(search, MAX_ROWS)).map(jobRow),
    async details(id) {
      const job = await jobs.find(id);
      if (!job) throw unknownMedia();
      const { prompt, projectId, message, url, error, code, claimedAt, updatedAt, finishedAt } = job;
      const row = { id, prompt, project: projectId, message, url, error, code };
      return [
        {
          title: "Job",
          columns: [
            { key: "prompt", title: "Prompt", kind: "text" },
            { key: "project", title: "Project", kind: "id" },
            { key: "message", title: "Message", kind: "text" },
            { key: "url", title: "Result", kind: "text" },
            { key: "error", title: "Error", kind: "text" },
            { key: "code", title: "Code", kind: "text" },
            { key: "claimed", title: "Claimed", kind: "time" },
            { key: "updated", title: "Last report", kind: "time" },
            { key: "finished", title: "Over", kind: "time" },
          ],
          rows: [{ ...row, claimed: claimedAt, updated: updatedAt, finished: finishedAt }],
        },
      ];
    },
    async act(action, id) {
      if (action !== "cancel") throw new Refusal("not_found", "There is no such action");
      const { kind, userId } = await jobs.cancel(id);
      return `The job (${kind}) of ${userId} is cancelled`;
    },
  };
}

/** Rooms that somebody is in, or that a server has declared. */
export function roomsPanel(rooms: ClientRooms): Panel {
  return {
    name: "rooms",
    title: "Rooms",
    columns: [
      { key: "id", title: "Room", kind: "id" },
      { key: "access", title: "Open to", kind: "text" },
      { key: "members", title: "Members", kind: "number" },
      { key: "inside", title: "Sockets inside", kind: "number" },
    ],
    actions: [],
    rows: async (search) =>
      rooms.search(search, MAX_ROWS).map(({ room, members, inside }) => ({
        id: room,
        access: members === null ? "every user" : "members",
        members,
        inside,
      })),
    async details(id) {
      const { members, inside } = rooms.look(id, SHOWN);
      return [
        {
          title: "Inside",
          columns: [
            { key: "user", title: "User", kind: "id" },
            { key: "namespace", title: "Namespace", kind: "text" },
            { key: "since", title: "Connected", kind: "time" },
          ],
          rows: inside.map(({ id, identity, namespace, connectedAt }) => ({
            id,
            user: identity?.userId ?? null,
            namespace,
            since: connectedAt,
          })),
        },
        {
          title: "Members",
          columns: [{ key: "id", title: "User", kind: "id" }],
          rows: members.map((id) => ({ id })),
        },
      ];
    },
  };
}

function jobRow({ id, userId, kind, status, progress, stage, worker, createdAt }: Job): Row {
  return { id, kind, status, progress, stage, user: userId, worker, created: createdAt };
}
