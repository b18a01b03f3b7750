import type { ApiKeys } from "../../domain/keys/apikeys";
import type { Panel } from "../../panel";
import { Refusal } from "../../refusal";

/**
 * The keys of other servers.
 *
 * @param scopes that a key may have
 */
export function keysPanel(apiKeys: ApiKeys, scopes: readonly string[]): Panel {
  return {
    name: "keys",
    title: "API keys",
    columns: [
      { key: "id", title: "Name", kind: "id" },
      { key: "scopes", title: "Scopes", kind: "text" },
      { key: "created", title: "Created", kind: "time" },
    ],
    actions: [
      {
        name: "add",
        title: "Make a key",
        isForNone: true,
        fields: [
          { name: "name", title: "Name", kind: "text", hint: "letters, digits, dots, - and _" },
          { name: "scopes", title: "Scopes", kind: "text", hint: `comma list of ${scopes.join(", ")}` },
        ],
      },
      { name: "revoke", title: "Revoke", isDangerous: true, fields: [] },
    ],
    async rows(search) {
      const keys = (await apiKeys.list()).filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()));
      return keys
        .sort((a, b) => b.createdAt - a.createdAt)
        .map(({ name, scopes, createdAt }) => ({ id: name, scopes: scopes.replaceAll(",", ", "), created: createdAt }));
    },
    async act(action, id, { name = "", scopes: wanted = "" }) {
      if (action === "revoke") {
        await apiKeys.revoke(id);
        return `${id} is revoked`;
      }
      if (!/^[\w.-]{1,64}$/.test(name)) {
        throw new Refusal("invalid_request", "name must be 1 to 64 letters, digits, dots, - and _", { field: "name" });
      }
      const key = await apiKeys.add(name, readScopes(wanted));
      return `${name} is made. It is shown this once: ${key}`;
    },
  };

  function readScopes(text: string): string[] {
    const wanted = text.split(",").map((scope) => scope.trim());
    if (wanted.every((scope) => scopes.includes(scope))) return [...new Set(wanted)];
    throw new Refusal("invalid_request", `scopes must be a comma list of ${scopes.join(", ")}`, { field: "scopes" });
  }
}
