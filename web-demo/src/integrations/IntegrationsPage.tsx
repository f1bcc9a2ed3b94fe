"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import { type ConnectHandle, open } from "staylogged-connect";
import { login as calls } from "@/api/calls";
import { type Integration, type Run, isOver } from "@/api/types";
import { forget, recall } from "@/connect/start";
import { WORDS } from "@/login/words";
import { ProblemPanel } from "@/ui/ProblemPanel";
import { recalled, remember } from "@/ui/tabMemory";
import { AccessKeyForm } from "./AccessKeyForm";
import { Card } from "./Card";
import { DataPanel } from "./DataPanel";
import { IntegrationsProvider, useIntegrations, useStore } from "./context";
import { promiseToContinue, takePromise } from "./continuing";

/** Whose data is open: a reload of the tab finds it so. */
const SHOWN = "staylogged.shown";

export function IntegrationsPage() {
  return (
    <IntegrationsProvider>
      <Page />
    </IntegrationsProvider>
  );
}

function Page() {
  const store = useStore();
  const { integrations, link, problem, locked } = useIntegrations();
  const [shown, setShown] = useState<string | null>(() => (typeof window === "undefined" ? null : recalled(SHOWN)));
  const show = useCallback((provider: string | null) => {
    setShown(provider);
    remember(SHOWN, provider);
  }, []);
  /** Which stream's records are shown, by provider. */
  const [streams, setStreams] = useState<Record<string, string>>({});
  const choose = useCallback(
    (provider: string, stream: string) => setStreams((old) => (old[provider] === stream ? old : { ...old, [provider]: stream })),
    [],
  );
  const newestShown = useRef(shown);
  useEffect(() => {
    newestShown.current = shown;
  });
  const modal = useRef<ConnectHandle | null>(null);

  /** The run that was to go on as soon as somebody is logged in again. */
  const keepPromise = useCallback(
    (provider: string) => {
      const promised = takePromise(provider);
      if (!promised) return;
      const { stream, account, runId } = promised;
      show(provider);
      choose(provider, stream);
      void store.scrape(provider, { stream, account, continues: runId });
    },
    [store, show, choose],
  );

  // The page is its own guest: it opens the modal in the way that any other page does.
  const connect = useCallback(
    (provider: string, account: string | null) => {
      const over = () => void store.read().finally(() => requestAnimationFrame(() => backTo(provider)));
      modal.current = open({
        provider,
        ...(account === null ? {} : { account }),
        onSuccess: () => {
          keepPromise(provider);
          over();
        },
        onExit: () => {
          promiseToContinue(null);
          over();
        },
      });
    },
    [store, keepPromise],
  );
  useEffect(() => () => modal.current?.destroy(), []);

  // After a reload the modal opens where the login stands, or says how it ended meanwhile.
  useEffect(() => {
    const kept = recall();
    if (locked || kept?.start.errand.by !== "page" || !kept.loginId) return;
    const { provider, account } = kept.start.errand;
    let current = true;
    calls.read(kept.loginId).then(
      ({ state }) => {
        if (!current) return;
        if (state === "saved") keepPromise(provider);
        if (!isOver(state) || state === "failed" || state === "expired") connect(provider, account);
      },
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [locked, connect, keepPromise]);

  const begin = (card: Integration) => {
    // How an earlier one ended is not to be told again.
    forget();
    connect(card.provider.id, accountOf(card));
  };
  const goOn = (card: Integration, run: Run) => {
    if (card.connection?.status === "connected") {
      show(run.provider);
      choose(run.provider, run.stream);
      void store.scrape(run.provider, { stream: run.stream, account: run.account, continues: run.id });
    } else {
      promiseToContinue(run);
      begin(card);
    }
  };
  const shownCard = integrations?.find((card) => card.provider.id === shown);

  return (
    <div className="page">
      <header className="top">
        <span className="brand">
          <BrandMark /> Staylogged
        </span>
      </header>
      <main>
        <div className="intro">
          <h1>Integrations</h1>
          <p>Log in once, by hand. The session is verified, sealed and kept, and your data is fetched with it.</p>
        </div>
        {link === "lost" && !locked ? (
          <p className="banner" role="alert" data-testid="lost">
            <span className="spinner" aria-hidden="true" /> {WORDS.lost}
          </p>
        ) : null}
        {locked ? (
          <AccessKeyForm wrong={locked === "wrong"} onKey={(key) => store.unlock(key)} />
        ) : integrations ? (
          <>
            <div className="cards">
              {integrations.map((card) => (
                <Card
                  key={card.provider.id}
                  card={card}
                  onConnect={() => {
                    promiseToContinue(null);
                    begin(card);
                  }}
                  onContinue={(run) => goOn(card, run)}
                  shown={shown === card.provider.id}
                  onShow={(wanted, stream) => {
                    if (stream) choose(card.provider.id, stream);
                    if (wanted) show(card.provider.id);
                    // Another one may be shown by now.
                    else if (newestShown.current === card.provider.id) show(null);
                  }}
                />
              ))}
            </div>
            {integrations.length === 0 ? <p className="empty">No provider is defined yet.</p> : null}
            {shownCard?.connection ? (
              <DataPanel
                key={shownCard.provider.id}
                card={shownCard}
                chosen={streams[shownCard.provider.id] ?? null}
                onChoose={(stream) => choose(shownCard.provider.id, stream)}
                onContinue={(run) => goOn(shownCard, run)}
                onClose={() => show(null)}
              />
            ) : null}
          </>
        ) : problem ? (
          <ProblemPanel problem={problem} onRetry={() => void store.read()} />
        ) : (
          <div className="cards" aria-busy="true" aria-label="Loading">
            <div className="card skeleton" />
            <div className="card skeleton" />
          </div>
        )}
      </main>
    </div>
  );
}

/** Where "Connect" is gone with what it led to, the focus goes to what the card offers now, and not to the top of the page. */
function backTo(provider: string): void {
  const focused = document.activeElement;
  if (focused && focused !== document.body) return;
  const card = document.getElementById(`name-${provider}`)?.closest("article");
  card?.querySelector<HTMLElement>(".card-actions button:not(:disabled)")?.focus({ preventScroll: true });
}

/** The card's own account; the service knows which is meant where none is named. */
const accountOf = ({ connection }: Integration): string | null =>
  connection && connection.account !== "main" ? connection.account : null;

function BrandMark() {
  return (
    <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
      <circle cx="8.5" cy="12" r="5" fill="none" stroke="currentColor" strokeWidth="2.6" />
      <path d="M13.5 12H22M18.5 12v4" fill="none" stroke="currentColor" strokeWidth="2.6" strokeLinecap="round" />
    </svg>
  );
}
