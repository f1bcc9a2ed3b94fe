"use client";

import { useEffect, useState } from "react";
import { answer, api } from "@/api/client";
import { asProblem } from "@/api/problem";
import { acceptRun, stopRun } from "@/api/records";
import type { Check, Integration, Problem, Run } from "@/api/types";
import { WORDS } from "@/login/words";
import { Confirm } from "@/ui/Confirm";
import { Monogram } from "@/ui/Monogram";
import { ProblemPanel } from "@/ui/ProblemPanel";
import { count, exactly } from "@/ui/numbers";
import { ago, moment } from "@/ui/times";
import { useNow } from "@/ui/useNow";
import { Details } from "./Details";
import { LiveRun } from "./LiveRun";
import { RunEnd } from "./RunEnd";
import { useIntegrations, useStore } from "./context";
import { isOpenEnded } from "./runs";
import { statusOf } from "./status";

type Work = "check" | "scrape" | "stop" | "accept" | "disconnect";

export function Card({
  card,
  onConnect,
  onContinue,
  shown,
  onShow,
}: {
  card: Integration;
  onConnect: () => void;
  /** Goes on with a run that ended before its end; first somebody logs in again, where that is needed. */
  onContinue: (run: Run) => void;
  /** Its records and runs are shown below. */
  shown: boolean;
  onShow: (wanted: boolean, stream?: string) => void;
}) {
  const { provider, connection, lastRun } = card;
  const store = useStore();
  const { runs, refusals } = useIntegrations();
  const status = statusOf(card);
  const now = useNow(20_000);
  const [work, setWork] = useState<Work | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [checked, setChecked] = useState<Check["verdict"] | null>(null);
  const [asking, setAsking] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);

  // What was said of the session before it ended, or of the one before it, holds no more.
  const standing = `${connection?.status}/${connection?.connectedAt}/${connection?.unsureSince}`;
  const [saidOf, setSaidOf] = useState(standing);
  if (saidOf !== standing) {
    setSaidOf(standing);
    setChecked(null);
    setProblem(null);
  }
  const wantedLogin = refusals[provider.id]?.problem.needsReconnect === true;
  useEffect(() => {
    // They have logged in since.
    if (standing.startsWith("connected/") && wantedLogin) store.forgetRefusal(provider.id);
    // Not when it is refused: only when it stands otherwise.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [standing]);

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

  const scrape = (of: string, account = connection?.account ?? "main") =>
    doing("scrape", async () => {
      onShow(true, of);
      await store.scrape(provider.id, { stream: of, account });
    });
  const check = (id: string) =>
    doing("check", async () => {
      const { verdict } = await answer(api.POST("/connections/{id}/check", { params: { path: { id } } }));
      // When it was checked, and what came of it, is on the card, too.
      await store.read();
      setChecked(verdict);
    });
  const accept = async (id: string) => {
    await acceptRun(id);
    await store.read();
  };
  const disconnect = (id: string) =>
    doing("disconnect", async () => {
      await answer(api.DELETE("/connections/{id}", { params: { path: { id } } }));
      onShow(false);
    });

  const running = underWay(card, runs);
  // What it found is deleted with the account that it was found as: then it is not that of the present one.
  const isForgotten = lastRun?.outcome === "ok" && card.records === 0;
  const ended = lastRun?.status === "finished" && !isForgotten ? lastRun : null;
  const isConnected = connection?.status === "connected";
  const needsReconnect = connection?.status === "needs_reconnect";
  const hasSession = isConnected || needsReconnect;
  const streams = provider.streams.map(({ name }) => name);
  const stream = chosen ?? streams[0] ?? "records";
  const isRunning = running.some((run) => run.stream === stream);
  const openEnded = ended && hasSession && isOpenEnded(ended, runs) ? ended : null;
  const continued = needsReconnect && !card.login ? openEnded : null;
  const refusal = refusals[provider.id];

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
          <div className="panel panel-warn">
            <div className="panel-text">
              <p data-testid={`reason-${provider.id}`}>
                {connection.reason ?? `${provider.name} has logged you out. Log in again; your data is still here.`}
              </p>
              <Details evidence={connection.evidence} testId={`details-${provider.id}`} />
            </div>
          </div>
        ) : null}
        {isConnected && connection.unsureSince ? (
          <div className="panel panel-warn">
            <div className="panel-text">
              <p data-testid={`unsure-${provider.id}`}>
                Not sure since <time dateTime={connection.unsureSince}>{moment(connection.unsureSince)}</time>: {provider.name} did
                not show whether you are still logged in. Check it now, or log in again. Your data is still here.
              </p>
              <Details evidence={connection.evidence} testId={`details-${provider.id}`} />
            </div>
          </div>
        ) : null}
        {running.map((run) => (
          <LiveRun
            key={run.id}
            run={run}
            stopping={work === "stop"}
            onStop={() => void doing("stop", () => stopRun(run.id))}
          />
        ))}
        {ended && hasSession && running.length === 0 ? (
          <RunEnd
            run={ended}
            now={now}
            // The card says it, or somebody has logged in again since: then there is nothing to do about it any more.
            isReasonSaid={ended.outcome === "needs_reconnect"}
            onContinue={openEnded && isConnected ? () => onContinue(openEnded) : null}
            onAccept={ended.shrunkFrom === null ? null : () => void doing("accept", () => accept(ended.id))}
          />
        ) : null}
        {checked ? (
          <p className="last-run" role="status" data-testid={`checked-${provider.id}`}>
            {CHECKED[checked]}
          </p>
        ) : null}
        {problem ? <ProblemPanel problem={problem} onClose={() => setProblem(null)} /> : null}
        {refusal ? (
          <ProblemPanel
            problem={refusal.problem}
            onClose={() => store.forgetRefusal(provider.id)}
            other={
              isNotContinuable(refusal.problem) && isConnected
                ? { label: "Scrape anew", act: () => void scrape(refusal.stream, refusal.account) }
                : null
            }
          />
        ) : null}
      </div>

      <div className="card-actions">
        {continued ? (
          <button
            type="button"
            className="button primary"
            data-testid={`continue-${provider.id}`}
            onClick={() => onContinue(continued)}
          >
            {WORDS.reconnect} and continue
          </button>
        ) : null}
        {status.action ? (
          <button
            type="button"
            className={continued || status.kind === "unsure" ? "button" : "button primary"}
            data-testid={`connect-${provider.id}`}
            aria-label={`${status.action} ${provider.name}`}
            onClick={onConnect}
          >
            {status.action}
          </button>
        ) : null}
        {isConnected && connection ? (
          <>
            {streams.length > 1 ? (
              <select
                className="select"
                aria-label={`What to scrape from ${provider.name}`}
                data-testid={`stream-${provider.id}`}
                value={stream}
                onChange={(event) => setChosen(event.target.value)}
              >
                {streams.map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            ) : null}
            <button
              type="button"
              className={status.kind === "connected" && !status.action ? "button primary" : "button"}
              data-testid={`scrape-${provider.id}`}
              disabled={isRunning || work === "scrape"}
              onClick={() => void scrape(stream)}
            >
              {isRunning ? "Scraping…" : "Scrape"}
            </button>
          </>
        ) : null}
        {hasSession && connection ? (
          <button
            type="button"
            className={status.kind === "unsure" ? "button primary" : "button"}
            data-testid={`check-${provider.id}`}
            disabled={work === "check"}
            onClick={() => void check(connection.id)}
          >
            {work === "check" ? "Checking…" : "Check now"}
          </button>
        ) : null}
        {card.records > 0 || hasSession ? (
          <button
            type="button"
            className="button"
            data-testid={`${card.records > 0 ? "show" : "runs"}-${provider.id}`}
            aria-expanded={shown}
            onClick={() => onShow(!shown)}
          >
            {shown ? "Hide data" : card.records > 0 ? `Show data (${exactly(card.records)})` : lastRun ? "Show runs" : "Show data"}
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
        <Confirm
          title={`Disconnect ${provider.name}?`}
          action="Disconnect"
          testId="confirm-disconnect"
          onCancel={() => setAsking(false)}
          onConfirm={() => {
            setAsking(false);
            void disconnect(connection.id);
          }}
        >
          The sealed session is deleted{card.records > 0 ? `, and the ${count(card.records, "record")} fetched with it` : ""}. To
          fetch data again somebody has to log in again.
        </Confirm>
      ) : null}
    </article>
  );
}

const CHECKED: Record<Check["verdict"], string> = {
  logged_in: "Checked just now: the session works.",
  logged_out: "Checked just now: the site has ended the session.",
  blocked: "Checked just now: the site refused the visit, so it is not known whether the session works.",
  unknown: "Checked just now: the site did not show whether the session works.",
};

/** Its runs that go on; the newest is known before the list of runs is there. */
function underWay({ connection, lastRun }: Integration, runs: readonly Run[]): Run[] {
  const listed = runs.filter((run) => run.connectionId === connection?.id && run.status === "running");
  const isListed = runs.some((run) => run.id === lastRun?.id);
  return lastRun?.status === "running" && !isListed ? [lastRun, ...listed] : listed;
}

const isNotContinuable = (problem: Problem): boolean => problem.type.endsWith(":run-not-continuable");

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}
