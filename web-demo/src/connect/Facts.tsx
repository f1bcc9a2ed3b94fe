import { Icon, type IconName } from "@/ui/icons";
import type { Site } from "./scene";
import { useSay } from "./useSay";

/** What will happen, what is kept, for how long, and how to end it. */
export function Facts({ site }: { site: Site }) {
  const say = useSay();
  const { name } = site;
  const what = site.streams.length > 0 ? ` ${say("prime.kept.for", { what: say.list(site.streams) })}` : "";
  return (
    <ul className="facts-list">
      <Fact icon="person" title={say("prime.login.title")} text={say("prime.login.text", { name })} />
      <Fact icon="lock" title={say("prime.kept.title")} text={say("prime.kept.text", { name }) + what} />
      <Fact
        icon="clock"
        title={say("prime.long.title")}
        text={
          site.maxAge === null
            ? say("prime.long.until", { name })
            : say("prime.long.most", { name, time: say.span(site.maxAge) })
        }
      />
      <Fact icon="unlink" title={say("prime.end.title")} text={say("prime.end.text", { name })} />
    </ul>
  );
}

function Fact({ icon, title, text }: { icon: IconName; title: string; text: string }) {
  return (
    <li>
      <span className="fact-icon">
        <Icon name={icon} />
      </span>
      <span>
        <strong>{title}</strong>
        <span className="fact-text">{text}</span>
      </span>
    </li>
  );
}

/** The same in one line, for those who have read it before. */
export function FactsInOneLine({ site }: { site: Site }) {
  const say = useSay();
  return (
    <details className="facts-line" data-testid="prime-summary">
      <summary>{say("prime.summary")}</summary>
      <Facts site={site} />
    </details>
  );
}
