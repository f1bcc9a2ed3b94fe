"use client";

import { useCallback, useEffect, useState } from "react";
import { answer, api } from "@/api/client";
import { isOver } from "@/api/types";
import { ConnectModal } from "@/login/ConnectModal";
import { type OpenLogin, rememberLogin, rememberedLogin } from "@/login/remembered";
import { WORDS } from "@/login/words";
import { ProblemPanel } from "@/ui/ProblemPanel";
import { AccessKeyForm } from "./AccessKeyForm";
import { Card } from "./Card";
import { Records } from "./Records";
import { IntegrationsProvider, useIntegrations, useStore } from "./context";

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
  const [open, setOpen] = useState<OpenLogin | null>(null);
  const [shown, setShown] = useState<string | null>(null);

  const show = useCallback((login: OpenLogin | null) => {
    rememberLogin(login);
    setOpen(login);
  }, []);
  const close = useCallback(() => show(null), [show]);

  const connect = useCallback(
    async (provider: string) => {
      const { login } = await answer(
        api.POST("/integrations/{provider}/connect", { params: { path: { provider } }, body: {} }),
      );
      show({ provider, loginId: login.id });
      await store.read();
    },
    [show, store],
  );

  // After a reload the modal opens where the login stands, or says how it ended meanwhile.
  useEffect(() => {
    if (locked) return;
    const remembered = rememberedLogin();
    if (!remembered) return;
    let current = true;
    answer(api.GET("/logins/{id}", { params: { path: { id: remembered.loginId } } })).then(
      (login) => {
        if (!current) return;
        const worth = !isOver(login.state) || login.state === "failed" || login.state === "expired";
        show(worth ? remembered : null);
      },
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [locked, show]);

  const opened = integrations?.find((card) => card.provider.id === open?.provider);
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
                  onConnect={() => connect(card.provider.id)}
                  onContinue={() =>
                    card.login ? show({ provider: card.provider.id, loginId: card.login.id }) : undefined
                  }
                  shown={shown === card.provider.id}
                  onShow={(wanted) => setShown(wanted ? card.provider.id : null)}
                />
              ))}
            </div>
            {integrations.length === 0 ? <p className="empty">No provider is defined yet.</p> : null}
            {shownCard ? <Records key={shownCard.provider.id} card={shownCard} onClose={() => setShown(null)} /> : null}
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
      {open && opened && !locked ? (
        <ConnectModal
          key={open.loginId}
          provider={opened.provider}
          loginId={open.loginId}
          onClose={close}
          onRetry={() => connect(open.provider)}
        />
      ) : null}
    </div>
  );
}

function BrandMark() {
  return (
    <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
      <circle cx="8.5" cy="12" r="5" fill="none" stroke="currentColor" strokeWidth="2.6" />
      <path d="M13.5 12H22M18.5 12v4" fill="none" stroke="currentColor" strokeWidth="2.6" strokeLinecap="round" />
    </svg>
  );
}
