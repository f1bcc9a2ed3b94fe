// Scrolls a list, and says how far it is. Called with what is to be done, the selectors of the items (the first that matches
// anything counts), and, for `awaitFilled`, how many milliseconds of quiet are enough.
async ({ act, selectors, quiet }) => {
  const root = document.scrollingElement ?? document.documentElement;
  const find = () => selectors.map((css) => [...document.querySelectorAll(css)]).find((found) => found.length > 0) ?? [];
  const sight = (one) => (one === root ? innerHeight : one.clientHeight);
  const scrolls = (one) =>
    one.scrollHeight > sight(one) + 1 && (one === root || /auto|scroll|overlay/.test(getComputedStyle(one).overflowY));
  const pause = () => new Promise((next) => setTimeout(next, 50));

  /** What scrolls around an element, from the innermost to the page itself. */
  const around = (element) => {
    const holders = [];
    for (let one = element?.parentElement; one && one !== root; one = one.parentElement) if (scrolls(one)) holders.push(one);
    return [...holders, root];
  };

  const largest = () => {
    const area = (one) => one.clientWidth * one.clientHeight;
    const all = [...document.querySelectorAll("body *")].filter(scrolls);
    return all.reduce((most, one) => (most && area(most) >= area(one) ? most : one), null);
  };

  /** How much room there is for more than the tallest of these. */
  const roomOf = (boxes) => Math.max(...boxes.map((one) => one.height)) * 1.2;

  /**
   * Where the items end that follow each other from there on: some lists keep their last one besides those that are in sight, and
   * what is between them comes only when it is scrolled to.
   */
  const bottomFrom = (items, top) => {
    const boxes = items.map((item) => item.getBoundingClientRect()).filter((one) => one.height);
    boxes.sort((one, other) => one.top - other.top);
    const room = roomOf(boxes);
    let reached = -Infinity;
    for (const one of boxes) {
      if (reached > top && one.top - reached > room) break;
      reached = Math.max(reached, one.bottom);
    }
    return reached;
  };

  /**
   * Scrolls what holds the items: the innermost that is not at its end. A list that holds only what is in sight has nothing
   * below its last item: so it is scrolled until that is near the top of what is in sight, no further. At the end the page is
   * given a while to grow.
   */
  const scrollOn = async () => {
    const items = find();
    const holders = around(items[0]);
    const other = !items.length && !scrolls(root) && largest();
    if (other) holders.unshift(other);
    const left = (one) => one.scrollHeight - sight(one) - one.scrollTop;
    const before = holders.map((one) => [one.scrollTop, one.scrollHeight]);
    const picture = () => Promise.race([new Promise(requestAnimationFrame), pause()]);
    const one = holders.find((holder) => left(holder) > 1);
    if (one) {
      const top = one === root ? 0 : one.getBoundingClientRect().top;
      const toTheLast = bottomFrom(items, top) - top - sight(one) * 0.2;
      const step = items.length ? Math.max(toTheLast, sight(one) * 0.5) : sight(one) * 0.8;
      one.scrollTo({ top: one.scrollTop + step, behavior: "instant" });
    } else {
      // Once more to the end: what looks out for it may have been asleep.
      holders[0].scrollBy({ top: -50, behavior: "instant" });
      await picture();
      holders[0].scrollBy({ top: 50, behavior: "instant" });
    }
    const isAtEnd = () => holders.every((holder) => left(holder) <= 1);
    const grew = () => holders.some((holder, at) => holder.scrollHeight > before[at][1]);
    await picture();
    await picture();
    const until = performance.now() + 1500;
    while (isAtEnd() && !grew() && performance.now() < until) await pause();
    return { moved: grew() || holders.some((holder, at) => holder.scrollTop > before[at][0]), atEnd: isAtEnd() };
  };

  /** Whether there is room for more than the tallest item in what is in sight of the list. */
  const hasRoom = (items) => {
    if (!items.length) return false;
    const [holder] = around(items[0]);
    const box = holder === root ? { top: 0, bottom: innerHeight } : holder.getBoundingClientRect();
    const begin = holder === root ? -root.scrollTop : box.top - holder.scrollTop;
    const bottom = Math.min(box.bottom, begin + holder.scrollHeight);
    const boxes = items.map((item) => item.getBoundingClientRect());
    const seen = boxes.filter((one) => one.height && one.bottom > box.top && one.top < bottom);
    if (!seen.length) return true;
    seen.sort((one, other) => one.top - other.top);
    const room = roomOf(seen);
    // Above the first item there is the page's head.
    let reached = holder.scrollTop > 0 && seen[0] !== boxes[0] ? box.top : seen[0].top;
    for (const one of seen) {
      if (one.top - reached > room) return true;
      reached = Math.max(reached, one.bottom);
    }
    return bottom - reached > room;
  };

  /**
   * Waits until items fill what is in sight of the list: of one that holds only that, a row that comes late would be scrolled
   * past. Where nothing comes for so long, it stays so.
   */
  const awaitFilled = async () => {
    const mark = (items) => items.map((item) => item.textContent).join();
    let items = find();
    let [seen, since] = [mark(items), performance.now()];
    // A page that never comes to rest is not waited for for ever.
    const until = since + 8000;
    while (hasRoom(items) && performance.now() < Math.min(since + quiet, until)) {
      await pause();
      items = find();
      const now = mark(items);
      if (now !== seen) [seen, since] = [now, performance.now()];
    }
    return null;
  };

  /** Where the middle of the first item is that is in sight. */
  const overTheItems = () => {
    for (const item of find()) {
      const box = item.getBoundingClientRect();
      const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
      if (box.width && x > 0 && y > 0 && x < innerWidth && y < innerHeight) return [Math.round(x), Math.round(y)];
    }
    return null;
  };

  return { scrollOn, awaitFilled, overTheItems }[act]();
}
