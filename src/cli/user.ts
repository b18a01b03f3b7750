import * as v from "valibot";
import type { Account } from "../domain/accounts/accounts";
import { removeProgress } from "../domain/progress/progress";
import { parse } from "../parse";
import { id, line } from "../realtime/fields";
import { Fault } from "../runtime/fault";
import { type Arguments, readArguments, UsageFault, usageFault, wordAt } from "./arguments";
import { type Command, JSON_OPTION, tell } from "./command";
import { type Folder, withFolder } from "./folder";
import { table } from "./table";

const usage =
  "user add EMAIL [--id ID] [--name NAME] [--role ROLE[,ROLE]] [--password-stdin] | user list | user disable|enable|delete USER | user role USER ROLE[,ROLE] | user password USER [--password-stdin]";

/** What is told to people, and what to programs. */
type Told = readonly [text: string, data: object];
const email = v.pipe(v.string(), v.trim(), v.email("must be an email address"));

const ACTIONS: Readonly<Record<string, (given: Arguments, folder: Folder) => Promise<Told>>> = {
  async add(given, { accounts }) {
    const { id: chosenId, name, role } = given.options;
    const account = await accounts.add({
      email: parse(email, wordAt(given, 1, usage), "EMAIL"),
      id: chosenId === undefined ? undefined : parse(id(), chosenId, "--id"),
      name: name === undefined ? undefined : parse(line(1, 64), name, "--name"),
      roles: role === undefined ? undefined : readRoles(role),
      password: given.flags.has("password-stdin") ? await readPassword() : undefined,
    });
    return [account.id, show(account)];
  },
  async list(_given, { accounts }) {
    const all = (await accounts.list()).map(show);
    const rows = all.map(({ id, email, name, roles, status, createdAt }) => [
      id,
      email ?? "",
      name,
      roles.join(","),
      status,
      createdAt,
    ]);
    return [table(["id", "email", "name", "roles", "status", "created"], rows), all];
  },
  async disable(given, folder) {
    const account = await find(given, folder);
    await folder.accounts.setEnabled(account.id, false);
    return [`${account.id} is disabled`, { id: account.id, status: "disabled" }];
  },
  async enable(given, folder) {
    const account = await find(given, folder);
    await folder.accounts.setEnabled(account.id, true);
    return [`${account.id} is enabled`, { id: account.id, status: "active" }];
  },
  async role(given, folder) {
    const account = await find(given, folder);
    const roles = readRoles(wordAt(given, 2, usage));
    await folder.accounts.setRoles(account.id, roles);
    return [`${account.id} has the roles ${roles.join(", ")}`, { id: account.id, roles }];
  },
  async password(given, folder) {
    const account = await find(given, folder);
    await folder.accounts.setPassword(account.id, await readPassword());
    return [`${account.id} has a new password; earlier sign-ins have ended`, { id: account.id }];
  },
  async delete(given, folder) {
    const account = await find(given, folder);
    await folder.accounts.remove(account.id);
    removeProgress(folder.store, account.id);
    return [`${account.id} is deleted`, { id: account.id, status: "deleted" }];
  },
};

export const userCommand: Command = {
  usage,
  summary: "Adds, lists and changes accounts; a running server follows within two seconds. USER is an id or an email.",
  options: {
    "--id": "the id, where existing systems have one; made when absent",
    "--name": "what others see; the part of the email before the @ when absent",
    "--role": "admin, instructor, moderator, owner, or words of your own",
    "--password-stdin": "reads a password from stdin; never typed as an argument, which everybody on the machine sees",
    ...JSON_OPTION,
  },
  examples: [
    "headend user add ann@example.com --role admin --password-stdin < password.txt",
    "headend user list --json | jq -r '.[] | select(.status == \"disabled\") | .id'",
    "headend user role ann@example.com moderator",
    "headend user disable ann@example.com",
  ],
  async run(typed) {
    const given = readArguments(typed, usage, ["id", "name", "role"], ["password-stdin", "json"]);
    const name = given.words[0] ?? "";
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (!action) throw usageFault(usage);
    const [text, data] = await withFolder((folder) => action(given, folder));
    tell(given.flags.has("json"), text, data);
    return 0;
  },
};

function show({ id, email, name, roles, status, createdAt }: Account) {
  return { id, email, name, roles, status, createdAt: new Date(createdAt).toISOString() };
}

async function find(given: Arguments, { accounts }: Folder): Promise<Account> {
  const login = wordAt(given, 1, usage);
  const account = await accounts.find(login);
  if (!account) throw new Fault(`there is no user ${login}`);
  return account;
}

function readRoles(text: string): string[] {
  const roles = text.split(",").map((role) => role.trim().toLowerCase());
  if (!roles.every((role) => /^[a-z][a-z0-9_-]{0,31}$/.test(role)))
    throw new UsageFault("a role is a word of letters, digits, - and _");
  return roles;
}

/** The first line of stdin. Never an argument: those are seen by everybody on the machine. */
async function readPassword(): Promise<string> {
  if (process.stdin.isTTY) console.error("Password (shown as you type), then Enter:");
  for await (const text of console) return checked(text);
  return checked("");
}

function checked(password: string): string {
  if (password === "") throw new Fault("no password came in on stdin");
  if (password.length < 8) console.error("headend: this password is short; eight characters or more are safer");
  return password;
}
