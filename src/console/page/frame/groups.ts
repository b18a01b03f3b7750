import type { PanelInfo } from "../../wire";

/** Panels by whose they are, in the order in which they are served. */
export function groupsOf(panels: readonly PanelInfo[]): readonly (readonly [api: string, own: readonly PanelInfo[]])[] {
  const groups = new Map<string, PanelInfo[]>();
  for (const panel of panels) {
    const own = groups.get(panel.api) ?? [];
    own.push(panel);
    groups.set(panel.api, own);
  }
  return [...groups];
}
