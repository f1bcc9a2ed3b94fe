"use client";

import { type ReactNode, createContext, useContext, useEffect, useState, useSyncExternalStore } from "react";
import { IntegrationsStore, type State } from "./store";

const Context = createContext<IntegrationsStore | null>(null);

export function IntegrationsProvider({ children }: { children: ReactNode }) {
  const [store] = useState(() => new IntegrationsStore());
  useEffect(() => store.start(), [store]);
  return <Context value={store}>{children}</Context>;
}

export function useStore(): IntegrationsStore {
  const store = useContext(Context);
  if (!store) throw new Error("useStore outside of IntegrationsProvider");
  return store;
}

export function useIntegrations(): State {
  const store = useStore();
  return useSyncExternalStore(store.subscribe, store.snapshot, store.serverSnapshot);
}
