import { useId, useState } from "react";
import { onStage } from "./geometry";
import { Icon } from "@/ui/icons";
import { TypeAhead, found, step } from "./listbox";
import { type PickerProps, Popover } from "./Popover";
import type { Option, SelectRequest } from "./protocol";

/** From so many options on there is a field to search them. */
const MANY = 15;
const PAGE = 8;

/** A `<select>` of the page: its list is not in the picture. */
export function SelectPicker({ words, request, placement, ground, onPick, onCancel, restore }: PickerProps<SelectRequest, string[]>) {
  const { options, multiple } = request;
  const id = useId();
  const [typeAhead] = useState(() => new TypeAhead());
  const [search, setSearch] = useState("");
  const [chosen, setChosen] = useState(() => new Set(options.filter((option) => option.selected).map((option) => option.value)));
  const shown = found(options, search);
  const [active, setActive] = useState<number | null>(() => {
    const selected = options.findIndex((option) => option.selected && !option.disabled);
    return selected === -1 ? step(options, found(options, ""), null, 1) : selected;
  });
  const searchable = options.length > MANY;
  // A phone's keyboard would cover the list that was asked for.
  const [searchFirst] = useState(() => searchable && !window.matchMedia?.("(pointer: coarse)").matches);
  const label = request.label || words.choose;

  function goTo(index: number | null) {
    if (index !== null) setActive(index);
  }

  function choose(index: number | null) {
    const option = index === null ? undefined : options[index];
    if (!option || option.disabled) return;
    if (!multiple) {
      onPick([option.value]);
      return;
    }
    setActive(index);
    setChosen((old) => {
      const now = new Set(old);
      if (!now.delete(option.value)) now.add(option.value);
      return now;
    });
  }

  const apply = () => onPick(options.filter((option) => chosen.has(option.value)).map((option) => option.value));

  function onKeyDown(event: React.KeyboardEvent) {
    if (event.nativeEvent.isComposing) return;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE }[event.key];
    const typing = searchable && event.target instanceof HTMLInputElement;
    if (steps !== undefined) goTo(step(options, shown, active, steps));
    else if (event.key === "Home" && !typing) goTo(step(options, shown, null, 1));
    else if (event.key === "End" && !typing) goTo(step(options, shown, null, -1));
    else if (event.key === "Enter" && multiple) apply();
    else if (event.key === "Enter") choose(active !== null && shown.includes(active) ? active : null);
    else if (event.key === " " && !typing) choose(active);
    else if (event.key === "Tab" && !multiple && !event.shiftKey && active !== null && shown.includes(active)) choose(active);
    else if (!typing && [...event.key].length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
      goTo(typeAhead.press(options, active, event.key, event.timeStamp));
    } else return;
    event.preventDefault();
  }

  const listbox = {
    "aria-activedescendant": active !== null && shown.includes(active) ? `${id}-${active}` : undefined,
    onKeyDown,
  };
  return (
    <Popover
      anchor={onStage(request, placement)}
      ground={ground}
      wanted={{ width: 240, height: Math.min(360, 40 + options.length * 38) }}
      label={label}
      className="live-select"
      onClose={onCancel}
      restore={restore}
    >
      <p className="live-popover-label" aria-hidden="true">
        {label}
      </p>
      {searchable ? (
        <input
          className="live-input"
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-label={`${words.search}: ${label}`}
          placeholder={words.search}
          autoComplete="off"
          spellCheck={false}
          data-autofocus={searchFirst ? "" : undefined}
          value={search}
          onChange={(event) => {
            const now = event.target.value;
            setSearch(now);
            setActive(step(options, found(options, now), null, 1));
          }}
          {...listbox}
        />
      ) : null}
      <div
        id={`${id}-list`}
        className="live-options"
        role="listbox"
        aria-label={label}
        aria-multiselectable={multiple || undefined}
        tabIndex={searchFirst ? -1 : 0}
        data-autofocus={searchFirst ? undefined : ""}
        data-testid="live-select"
        {...listbox}
      >
        {groups(options, shown).map(({ group, indexes }, at) => {
          const items = indexes.map((index) => (
            <OptionRow
              key={index}
              id={`${id}-${index}`}
              option={options[index]!}
              active={index === active}
              selected={multiple ? chosen.has(options[index]!.value) : options[index]!.selected}
              multiple={multiple}
              onPoint={() => setActive(index)}
              onChoose={() => choose(index)}
            />
          ));
          return group === null ? (
            items
          ) : (
            <div key={`group ${at}`} role="group" aria-label={group}>
              <div className="live-group" aria-hidden="true">
                {group}
              </div>
              {items}
            </div>
          );
        })}
      </div>
      {shown.length === 0 ? (
        <p className="live-none" role="status">
          {words.noneFound}
        </p>
      ) : null}
      {multiple ? (
        <div className="live-popover-foot">
          <span role="status">{words.chosen(chosen.size)}</span>
          <button type="button" className="button small" onClick={onCancel}>
            {words.cancel}
          </button>
          <button type="button" className="button small primary" onClick={apply}>
            {words.apply}
          </button>
        </div>
      ) : null}
    </Popover>
  );
}

function OptionRow({
  id,
  option,
  active,
  selected,
  multiple,
  onPoint,
  onChoose,
}: {
  id: string;
  option: Option;
  active: boolean;
  selected: boolean;
  multiple: boolean;
  onPoint: () => void;
  onChoose: () => void;
}) {
  return (
    <div
      id={id}
      role="option"
      className="live-option"
      aria-selected={selected}
      aria-disabled={option.disabled || undefined}
      data-active={active || undefined}
      data-multiple={multiple || undefined}
      ref={active ? (node) => node?.scrollIntoView?.({ block: "nearest" }) : undefined}
      onPointerMove={option.disabled || active ? undefined : onPoint}
      // The list keeps the focus.
      onMouseDown={(event) => event.preventDefault()}
      onClick={onChoose}
    >
      <span className="live-option-mark" aria-hidden="true">
        {selected ? <Icon name="check" size={14} /> : null}
      </span>
      <span>{option.label || "\u00a0"}</span>
    </div>
  );
}

/** Options that follow each other and have the same group's name are one group. */
function groups(options: readonly Option[], shown: readonly number[]): { group: string | null; indexes: number[] }[] {
  const all: { group: string | null; indexes: number[] }[] = [];
  for (const index of shown) {
    const group = options[index]!.group ?? null;
    const last = all.at(-1);
    if (last && last.group === group) last.indexes.push(index);
    else all.push({ group, indexes: [index] });
  }
  return all;
}
