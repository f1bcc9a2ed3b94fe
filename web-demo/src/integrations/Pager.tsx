import type { Pages } from "./usePages";

/** Turns the pages of a list. */
export function Pager({
  pages,
  words,
  names = ["Previous", "Next"],
  of,
  onTurn,
}: {
  pages: Pick<Pages<unknown & { next?: string | null }>, "forward" | "back">;
  /** What is on this page. */
  words: string;
  names?: [back: string, forward: string];
  /** Of which list: a part of the test ids. */
  of: string;
  onTurn: () => void;
}) {
  const turn = (way: (() => void) | null) => () => {
    way?.();
    onTurn();
  };
  return (
    <div className="pager">
      <span role="status">{words}</span>
      <button
        type="button"
        className="button small"
        data-testid={`${of}-previous`}
        disabled={!pages.back}
        onClick={turn(pages.back)}
      >
        {names[0]}
      </button>
      <button
        type="button"
        className="button small"
        data-testid={`${of}-next`}
        disabled={!pages.forward}
        onClick={turn(pages.forward)}
      >
        {names[1]}
      </button>
    </div>
  );
}
