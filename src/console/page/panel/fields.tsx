import { useId } from "preact/hooks";
import type { Field } from "../../../panel";

interface FieldProps {
  readonly field: Field;
  readonly value: string;
  readonly trouble: string | undefined;
  readonly isFirst: boolean;
  readonly onChange: (value: string) => void;
}

const KINDS = {
  text: { type: "text", autocomplete: "off" },
  number: { type: "number", step: "any", autocomplete: "off" },
  password: { type: "password", autocomplete: "new-password" },
} as const;

/** One thing to fill in, with what the server said of it. */
export function FieldInput({ field, value, trouble, isFirst, onChange }: FieldProps) {
  const id = useId();
  const about = [field.hint && `${id}-hint`, trouble && `${id}-trouble`].filter(Boolean).join(" ") || undefined;
  const common = {
    id,
    name: field.name,
    required: !field.isOptional,
    "aria-describedby": about,
    "aria-invalid": trouble ? true : undefined,
    autofocus: isFirst,
  } as const;
  return (
    <div class="field">
      <label for={id}>
        {field.title}
        {field.isOptional && <span class="muted"> (optional)</span>}
      </label>
      {field.kind === "choice" ? (
        <select {...common} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          {(field.isOptional || value === "") && <option value="">{field.isOptional ? "–" : "Choose…"}</option>}
          {field.choices?.map((choice) => (
            <option key={choice} value={choice}>
              {choice}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...common}
          {...KINDS[field.kind]}
          value={value}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
      {field.hint && (
        <p id={`${id}-hint`} class="hint">
          {field.hint}
        </p>
      )}
      {trouble && (
        <p id={`${id}-trouble`} class="field-trouble">
          {trouble}
        </p>
      )}
    </div>
  );
}
