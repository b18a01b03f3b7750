import * as v from "valibot";
import type { Account, Accounts } from "../../domain/accounts/accounts";
import { MAX_ROWS, type Panel, type Row } from "../../panel";
import { parse } from "../../parse";
import { id, line } from "../../realtime/fields";
import { Refusal } from "../../refusal";

type Fields = Readonly<Record<string, string>>;

const ACTIVE = { key: "status", values: ["active"] } as const;
const DISABLED = { key: "status", values: ["disabled"] } as const;
const ROLES_HINT = "comma list: admin, instructor, moderator, owner";
const email = v.pipe(
  line(3, 254),
  v.check((text) => /^[^\s@]+@[^\s@]+$/.test(text), "must be an email address"),
);
const password = v.pipe(
  v.string(),
  v.check((text) => text.length >= 8, "must have at least 8 characters"),
  v.check((text) => text.length <= 1024, "must have at most 1024 characters"),
);

/**
 * Who may use the server.
 *
 * @param changed an account is not what it was: its sockets are looked at before the answer
 */
export function usersPanel(accounts: Accounts, changed: () => Promise<void>): Panel {
  const acts: Readonly<Record<string, (id: string, fields: Fields) => Promise<string>>> = {
    async add(_id, given) {
      const account = await accounts.add({
        email: parse(email, given.email, "email"),
        id: given.id === undefined ? undefined : parse(id(), given.id, "id"),
        name: given.name === undefined ? undefined : parse(line(1, 64), given.name, "name"),
        roles: given.roles === undefined ? undefined : rolesOf(given.roles),
        password: given.password === undefined ? undefined : parse(password, given.password, "password"),
      });
      return `${account.id} is added`;
    },
    async disable(id) {
      await accounts.setEnabled(id, false);
      return `${id} is disabled`;
    },
    async enable(id) {
      await accounts.setEnabled(id, true);
      return `${id} is enabled`;
    },
    async role(id, { roles = "" }) {
      const list = rolesOf(roles);
      await accounts.setRoles(id, list);
      return list.length === 0 ? `${id} has no roles` : `${id} has the roles ${list.join(", ")}`;
    },
    async password(id, given) {
      await accounts.setPassword(id, parse(password, given.password, "password"));
      return `${id} has a new password; earlier sign-ins have ended`;
    },
    async revoke(id) {
      await accounts.endSessions(id);
      return `Every sign-in of ${id} has ended`;
    },
    async delete(id) {
      await accounts.remove(id);
      return `${id} is deleted`;
    },
  };
  return {
    name: "users",
    title: "Users",
    columns: [
      { key: "id", title: "Id", kind: "id" },
      { key: "name", title: "Name", kind: "text" },
      { key: "email", title: "Email", kind: "text" },
      { key: "roles", title: "Roles", kind: "text" },
      { key: "status", title: "Status", kind: "state" },
      { key: "created", title: "Created", kind: "time" },
    ],
    actions: [
      {
        name: "add",
        title: "Add a user",
        isForNone: true,
        fields: [
          { name: "email", title: "Email", kind: "text" },
          { name: "name", title: "Name", kind: "text", isOptional: true },
          { name: "id", title: "Id", kind: "text", isOptional: true, hint: "made when left out" },
          { name: "roles", title: "Roles", kind: "text", isOptional: true, hint: ROLES_HINT },
          { name: "password", title: "Password", kind: "password", isOptional: true, hint: "at least 8 characters" },
        ],
      },
      { name: "disable", title: "Disable", offeredFor: ACTIVE, fields: [] },
      { name: "enable", title: "Enable", offeredFor: DISABLED, fields: [] },
      {
        name: "role",
        title: "Set roles",
        fields: [{ name: "roles", title: "Roles", kind: "text", isOptional: true, hint: `${ROLES_HINT}; empty: none` }],
      },
      {
        name: "password",
        title: "Set password",
        fields: [{ name: "password", title: "Password", kind: "password", hint: "at least 8 characters" }],
      },
      { name: "revoke", title: "End all sign-ins", fields: [] },
      { name: "delete", title: "Delete", isDangerous: true, fields: [] },
    ],
    rows: async (search) => (await accounts.search(search, MAX_ROWS)).map(row),
    async act(action, id, fields) {
      const act = acts[action];
      if (!act) throw new Refusal("not_found", "There is no such action");
      const message = await act(id, fields);
      await changed();
      return message;
    },
  };
}

function row({ id, name, email, roles, status, createdAt }: Account): Row {
  return { id, name, email, roles: roles.join(", "), status, created: createdAt };
}

function rolesOf(text: string): string[] {
  const roles = text
    .split(",")
    .map((role) => role.trim().toLowerCase())
    .filter((role) => role !== "");
  if (!roles.every((role) => /^[a-z][a-z0-9_-]{0,31}$/.test(role))) {
    throw new Refusal("invalid_request", "roles: a role is a word of letters, digits, - and _", { field: "roles" });
  }
  return [...new Set(roles)];
}
