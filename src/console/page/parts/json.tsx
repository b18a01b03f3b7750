/** A value as indented JSON, as text. */
export function Json({ value, label }: { value: unknown; label: string }) {
  return (
    <section class="json" aria-label={label}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, which takes the focus */}
      <pre tabIndex={0}>{JSON.stringify(value, null, 2) ?? "nothing"}</pre>
    </section>
  );
}
