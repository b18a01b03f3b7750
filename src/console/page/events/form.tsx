import type { FieldLine } from "./schema";

/** The fields of a payload. */
export function Form({ title, fields }: { title: string; fields: readonly FieldLine[] }) {
  if (fields.length === 0) return <p class="muted">{title}: no fields.</p>;
  return (
    <div class="scrolls">
      <table class="fields">
        <caption>{title}</caption>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Holds</th>
            <th scope="col">Bounds</th>
          </tr>
        </thead>
        <tbody>
          {fields.map(({ path, type, isRequired, notes }) => (
            <tr key={`${path} ${type}`}>
              <th scope="row">
                <code>{path === "" ? "the payload" : path}</code>
                {!isRequired && <span class="muted"> optional</span>}
              </th>
              <td>{type}</td>
              <td>{notes}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
