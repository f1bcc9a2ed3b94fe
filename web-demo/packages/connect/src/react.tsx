"use client";

import { useEffect, useRef } from "react";
import type { ConnectOptions } from "./options";
import { open } from "./open";

export type StayloggedConnectProps = ConnectOptions;

/**
 * The modal, open for as long as this is rendered. It renders nothing by itself; when it has gone, `onSuccess` or `onExit` says
 * so, and it is to be taken out. Taking it out earlier takes the modal away without cancelling the login.
 */
export function StayloggedConnect(props: StayloggedConnectProps): null {
  const { token, provider, account, params, base, language, theme, accent, radius } = props;
  // By what they say: a new object for each render opens nothing anew.
  const said = JSON.stringify(params);
  // The newest callbacks and words, without opening the modal anew for each render.
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  useEffect(() => {
    const handle = open({
      token,
      provider,
      account,
      params: latest.current.params,
      base,
      language,
      theme,
      accent,
      radius,
      words: latest.current.words,
      onReady: () => latest.current.onReady?.(),
      onEvent: (event) => latest.current.onEvent?.(event),
      onSuccess: (result) => latest.current.onSuccess?.(result),
      onExit: (exit) => latest.current.onExit?.(exit),
    });
    return () => handle.destroy();
  }, [token, provider, account, said, base, language, theme, accent, radius]);
  return null;
}
