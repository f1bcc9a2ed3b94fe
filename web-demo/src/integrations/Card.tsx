"use client";

import { useState } from "react";
import { answer, api } from "@/api/client";
import { asProblem } from "@/api/problem";
import type { Check, Integration, Problem, Run } from "@/api/types";
import { Monogram } from "@/ui/Monogram";
import { ProblemPanel } from "@/ui/ProblemPanel";
import { ago, moment } from "@/ui/times";
import { useNow } from "@/ui/useNow";
import { ConfirmDisconnect } from "./ConfirmDisconnect";
import { statusOf } from "./status";

type Work = "check" | "scrape" | "stop" | "disconnect";

export function Card({
  card,
  onConnect,
  shown,
  onShow,
}: {
  card: Integration;
  onConnect: () => void;
  /** Its records are shown below. */
  shown: boolean;
  onShow: (wanted: boolean) => void;
}) {
  const { provider, connection, lastRun } = card;
  const status = statusOf(card);
  const now = useNow(20_000);
  const [work, setWork] = useState<Work | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [checked, setChecked] = useState<Check["verdict"] | null>(null);
  const [asking, setAsking] = useState(false);

  async function doing(what: Work, action: () => Promise<unknown>) {
    setProblem(null);
    setChecked(null);
    setWork(what);
    try {
      await action();
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setWork(null);
    }
  }

  const scrape = () =>
    doing("scrape", async () => {
      onShow(true);
      await answer(
        api.POST("/scraper/{provider}/scrape", {
          params: { path: { provider: provider.id }, query: { wait: 0 } },
          body: {},
        }),
      );
    });
  const check = (id: string) =>
    doing("check", async () => {
      const { verdict } = await answer(api.POST("/connections/{id}/check", { params: { path: { id } } }));
      setChecked(verdict);
    });
  const disconnect = (id: string) =>
    doing("disconnect", async () => {
      await answer(api.DELETE("/connections/{id}", { params: { path: { id } } }));
      onShow(false);
    });

  const running = lastRun?.status === "running" ? lastRun : null;
  // What it found is deleted with the account that it was found as: then it is not that of the present one.
  const isForgotten = lastRun?.outcome === "ok" && card.records === 0;
  const ended = lastRun?.status === "finished" && !isForgotten ? lastRun : null;
  const isConnected = connection?.status === "connected";
  const hasSession = isConnected || connection?.status === "needs_reconnect";

  return (
    <article className="card" data-testid={`card-${provider.id}`} aria-labelledby={`name-${provider.id}`}>
      <div className="card-head">
        <Monogram id={provider.id} name={provider.name} />
        <div className="card-names">
          <h2 id={`name-${provider.id}`}>{provider.name}</h2>
          <a href={provider.homepage} target="_blank" rel="noreferrer">
            {hostOf(provider.homepage)}
          </a>
        </div>
        <span
          className="status"
          data-status={status.kind}
          data-testid={`status-${provider.id}`}
          role="status"
          aria-live="polite"
        >
          {status.words}
        </span>
      </div>

      <div className="card-body">
        {hasSession && connection ? (
          <dl className="facts">
            <div>
              <dt>Account</dt>
              <dd data-testid={`account-${provider.id}`}>{connection.identity?.label ?? connection.account}</dd>
            </div>
            {connection.connectedAt ? (
              <div>
                <dt>Since</dt>
                <dd>
                  <time dateTime={connection.connectedAt}>{moment(connection.connectedAt)}</time>
                </dd>
              </div>
            ) : null}
            {connection.checkedAt ? (
              <div>
                <dt>Last checked</dt>
                <dd>
                  <time dateTime={connection.checkedAt} title={moment(connection.checkedAt)}>
                    {ago(connection.checkedAt, now)}
                  </time>
                </dd>
              </div>
            ) : null}
          </dl>
        ) : status.kind === "connecting" ? (
          <p className="quiet">A login is under way. Continue where it stands.</p>
        ) : (
          <p className="quiet">
            {provider.streams.length > 0
              ? `Connect to fetch ${provider.streams.map((stream) => stream.name).join(", ")}.`
              : "Connect once, by hand."}
          </p>
        )}
        {connection?.status === "needs_reconnect" ? (
          <p className="panel panel-warn" data-testid={`reason-${provider.id}`}>
            {connection.reason ?? "The site has ended the session."} Your data is still here.
          </p>
        ) : null}
        {running ? (
          <Running run={running} />
        ) : ended && hasSession ? (
          <p className="last-run" data-outcome={ended.outcome ?? undefined} data-testid={`last-run-${provider.id}`}>
            {runWords(ended)}
            {ended.finishedAt ? (
              <>
                {" · "}
                <time dateTime={ended.finishedAt} title={moment(ended.finishedAt)}>
                  {ago(ended.finishedAt, now)}
                </time>
              </>
            ) : null}
          </p>
        ) : null}
        {checked ? (
          <p className="last-run" role="status" data-testid={`checked-${provider.id}`}>
            {CHECKED[checked]}
          </p>
        ) : null}
        {problem ? <ProblemPanel problem={problem} onClose={() => setProblem(null)} /> : null}
      </div>

      <div className="card-actions">
        {status.action ? (
          <button
            type="button"
            className="button primary"
            data-testid={`connect-${provider.id}`}
            aria-label={`${status.action} ${provider.name}`}
            onClick={onConnect}
          >
            {status.action}
          </button>
        ) : null}
        {isConnected && connection ? (
          <>
            {running ? (
              <button
                type="button"
                className="button"
                disabled={work === "stop"}
                onClick={() =>
                  void doing("stop", () =>
                    answer(api.POST("/scraper/runs/{id}/cancel", { params: { path: { id: running.id } } })),
                  )
                }
              >
                Stop
              </button>
            ) : null}
            <button
              type="button"
              className={status.action ? "button" : "button primary"}
              data-testid={`scrape-${provider.id}`}
              disabled={running !== null || work === "scrape"}
              onClick={() => void scrape()}
            >
              {running ? "Scraping…" : "Scrape"}
            </button>
            <button
              type="button"
              className="button"
              data-testid={`check-${provider.id}`}
              disabled={work === "check"}
              onClick={() => void check(connection.id)}
            >
              {work === "check" ? "Checking…" : "Check now"}
            </button>
          </>
        ) : null}
        {card.records > 0 ? (
          <button
            type="button"
            className="button"
            data-testid={`show-${provider.id}`}
            aria-expanded={shown}
            onClick={() => onShow(!shown)}
          >
            {shown ? "Hide data" : `Show data (${card.records})`}
          </button>
        ) : null}
        {hasSession && connection ? (
          <button
            type="button"
            className="button plain-bad"
            data-testid={`disconnect-${provider.id}`}
            disabled={work === "disconnect"}
            onClick={() => setAsking(true)}
          >
            Disconnect
          </button>
        ) : null}
      </div>

      {asking && connection ? (
        <ConfirmDisconnect
          name={provider.name}
          records={card.records}
          onCancel={() => setAsking(false)}
          onConfirm={() => {
            setAsking(false);
            void disconnect(connection.id);
          }}
        />
      ) : null}
    </article>
  );
}

function Running({ run }: { run: Run }) {
  return (
    <div className="running" data-testid={`progress-${run.provider}`}>
      <p role="status" aria-live="polite">
        Scraping {run.stream}: {count(run.progress.pages, "page")}, {count(run.progress.records, "record")}
      </p>
      <div className="bar" role="progressbar" aria-label={`Scraping ${run.stream}`} />
    </div>
  );
}

const CHECKED: Record<Check["verdict"], string> = {
  logged_in: "Checked just now: the session works.",
  logged_out: "Checked just now: the site has ended the session.",
  blocked: "The site refused the visit; nothing was changed.",
  unknown: "It could not be told whether the session works; nothing was changed.",
};

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;

function runWords(run: Run): string {
  switch (run.outcome) {
    case "ok":
      return `${count(run.progress.records, "record")} of ${run.stream}`;
    case "empty_confirmed":
      return `No ${run.stream} there at the moment`;
    case "cancelled":
      return "The last scrape was stopped";
    case "needs_reconnect":
      return "The last scrape found the session ended";
    default:
      return `The last scrape did not work: ${run.message ?? run.outcome ?? "no reason was given"}`;
  }
}

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}
