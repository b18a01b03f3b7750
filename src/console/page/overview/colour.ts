/** What a colour of the style sheet is just now, light or dark: a canvas knows no custom properties. */
export function colourOf(beside: HTMLElement, value: string): string {
  const probe = document.createElement("span");
  probe.style.color = value;
  beside.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
