"use client";

import qrcode from "qrcode-generator";
import { type ReactNode, useEffect, useMemo, useRef } from "react";
import { CopyButton } from "./CopyButton";
import { Icon } from "@/ui/icons";
import { ToldPanel } from "./Told";
import type { Actions, LinkShown, Sheet } from "./scene";
import { useSay } from "./useSay";

export function SheetView({ sheet, act }: { sheet: Sheet; act: Actions }) {
  const say = useSay();
  switch (sheet.kind) {
    case "leave":
      return (
        <Panel title={say("leave.title")} alert onClose={act.keepGoing} testId="leave">
          <p className="message">{say("leave.text")}</p>
          <div className="sheet-actions">
            <button type="button" className="button" data-testid="leave-stop" onClick={act.stop}>
              {say("leave.go")}
            </button>
            <button type="button" className="button primary" data-testid="leave-stay" onClick={act.keepGoing}>
              {say("leave.stay")}
            </button>
          </div>
        </Panel>
      );
    case "phone":
      return (
        <Panel title={say("phone.open")} onClose={act.closeSheet} testId="phone">
          <Link
            link={sheet.link}
            act={act}
            before={(url) => (
              <>
                <QrCode text={url} label={say("phone.code")} />
                <p className="message">{say("phone.text")}</p>
              </>
            )}
            after={(until) => <p className="hint">{say("phone.until", { time: until })}</p>}
          />
        </Panel>
      );
    case "watch":
      return (
        <Panel title={say("watch.open")} onClose={act.closeSheet} testId="watch">
          <Link
            link={sheet.link}
            act={act}
            before={() => <p className="message">{say("watch.text")}</p>}
            after={() => <p className="hint">{say("watch.careful")}</p>}
          />
        </Panel>
      );
  }
}

function Link({
  link,
  act,
  before,
  after,
}: {
  link: LinkShown;
  act: Actions;
  before: (url: string) => ReactNode;
  after: (until: string) => ReactNode;
}) {
  const say = useSay();
  const field = useRef<HTMLInputElement>(null);
  switch (link.at) {
    case "making":
      return (
        <p className="message" role="status">
          <span className="spinner" aria-hidden="true" /> {say("link.making")}
        </p>
      );
    case "local":
      return <p className="message">{say("phone.local", { host: link.host })}</p>;
    case "refused":
      return <ToldPanel told={link.told} />;
    case "ready":
      return link.ended ? (
        <p className="message" role="status">
          {say("link.ended")}
        </p>
      ) : (
        <>
          {before(link.url)}
          <div className="link-row">
            <input
              ref={field}
              readOnly
              value={link.url}
              aria-label={say("link.label")}
              data-testid="link"
              onFocus={(event) => event.currentTarget.select()}
            />
            <CopyButton text={link.url} label={say("link.copy")} onFailed={() => field.current?.focus()} />
          </div>
          {after(link.until)}
          <div className="sheet-actions">
            <button type="button" className="button plain-bad" data-testid="end-link" onClick={act.endLink}>
              {say("link.end")}
            </button>
          </div>
        </>
      );
  }
}

/** Over the modal, whose rest is inert meanwhile. The focus comes here, and goes back to where it was. */
function Panel({
  title,
  alert = false,
  testId,
  onClose,
  children,
}: {
  title: string;
  alert?: boolean;
  testId: string;
  onClose: () => void;
  children: ReactNode;
}) {
  const say = useSay();
  const panel = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    panel.current?.focus();
    return () => {
      // Once the rest can have the focus again.
      if (before instanceof HTMLElement) requestAnimationFrame(() => before.isConnected && before.focus({ preventScroll: true }));
    };
  }, []);
  return (
    <div className="sheet-shade">
      <div
        ref={panel}
        className="sheet"
        role={alert ? "alertdialog" : "dialog"}
        aria-modal="true"
        aria-labelledby="sheet-title"
        tabIndex={-1}
        data-testid={testId}
      >
        <div className="sheet-head">
          <h2 id="sheet-title">{title}</h2>
          <button type="button" className="icon-button" aria-label={say("close")} onClick={onClose}>
            <Icon name="close" />
          </button>
        </div>
        {children}
      </div>
    </div>
  );
}

/** Dark on white in every theme: cameras read it so. */
function QrCode({ text, label }: { text: string; label: string }) {
  const { size, path } = useMemo(() => {
    const code = qrcode(0, "M");
    code.addData(text);
    code.make();
    const count = code.getModuleCount();
    let path = "";
    for (let row = 0; row < count; row += 1) {
      for (let column = 0; column < count; column += 1) {
        if (code.isDark(row, column)) path += `M${column} ${row}h1v1h-1z`;
      }
    }
    return { size: count, path };
  }, [text]);
  return (
    <svg className="qr" viewBox={`-4 -4 ${size + 8} ${size + 8}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <rect x="-4" y="-4" width={size + 8} height={size + 8} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
