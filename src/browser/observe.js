// Looks at the page once, for everything that was asked. What cannot be looked at is null, never a guess.
(wanted) => {
  const attempt = (look) => {
    try {
      return look();
    } catch {
      return null;
    }
  };
  const entries = (storage) => {
    const all = [];
    for (let at = 0; at < storage.length; at++) {
      const key = storage.key(at);
      if (key !== wanted.mark) all.push([key, storage.getItem(key)]);
    }
    return all;
  };
  const isShown = (element) => {
    const box = element.getBoundingClientRect();
    const drawn = !element.checkVisibility || element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    return drawn && box.width > 0 && box.height > 0;
  };
  return {
    origin: location.origin,
    title: wanted.title ? document.title : null,
    text: wanted.text ? attempt(() => document.body.innerText.slice(0, 100000)) : null,
    local: wanted.local ? attempt(() => entries(localStorage)) : null,
    session: wanted.session ? attempt(() => entries(sessionStorage)) : null,
    elements: wanted.elements.map(({ css, visible }) =>
      attempt(() => {
        const found = document.querySelectorAll(css);
        return visible ? Array.prototype.some.call(found, isShown) : found.length > 0;
      }),
    ),
  };
}
