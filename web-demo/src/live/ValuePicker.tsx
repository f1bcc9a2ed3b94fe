import { useEffect, useId, useRef } from "react";
import { onStage } from "./geometry";
import { type PickerProps, Popover } from "./Popover";
import type { ValueRequest } from "./protocol";

/** A date, a time or a colour: chosen with what the person's own browser has for it. */
export function ValuePicker({ words, request, placement, ground, onPick, onCancel, restore }: PickerProps<ValueRequest, string>) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const label = request.label || words.choose;

  useEffect(() => {
    try {
      input.current?.showPicker?.();
    } catch {
      // Only shortly after a press, and not in every frame: the field's own button does the same.
    }
  }, []);

  return (
    <Popover
      anchor={onStage(request, placement)}
      ground={ground}
      wanted={{ width: 280, height: 150 }}
      label={label}
      onClose={onCancel}
      restore={restore}
    >
      <form
        className="live-value"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          onPick(input.current?.value ?? "");
        }}
      >
        <label htmlFor={id} className="live-popover-label">
          {label}
        </label>
        <input
          id={id}
          ref={input}
          className="live-input"
          data-autofocus=""
          data-testid="live-value"
          type={request.kind}
          defaultValue={request.value}
          min={request.min || undefined}
          max={request.max || undefined}
          step={request.step || undefined}
        />
        <div className="live-popover-foot">
          {request.kind === "color" ? null : (
            <button type="button" className="button small" onClick={() => onPick("")}>
              {words.clear}
            </button>
          )}
          <button type="button" className="button small" onClick={onCancel}>
            {words.cancel}
          </button>
          <button type="submit" className="button small primary">
            {words.apply}
          </button>
        </div>
      </form>
    </Popover>
  );
}
