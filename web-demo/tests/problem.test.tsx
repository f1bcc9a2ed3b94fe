// @vitest-environment jsdom

import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { isElsewhere } from "@/api/base";
import { UNREACHABLE, problemFrom, whatToDo } from "@/api/problem";
import { ProblemPanel } from "@/ui/ProblemPanel";

afterEach(cleanup);

describe("what went wrong", () => {
  it("is shown with what to do", () => {
    const problem = problemFrom(409, {
      type: "urn:staylogged:problem:needs-reconnect",
      title: "Somebody must log in again",
      status: 409,
      detail: "The site asked for a login.",
      needsReconnect: true,
    });
    const dismissed = vi.fn();
    render(<ProblemPanel problem={problem} onClose={dismissed} />);
    const panel = screen.getByRole("alert");
    expect(panel.textContent).toContain("Somebody must log in again");
    expect(panel.textContent).toContain("The site asked for a login.");
    expect(panel.textContent).toContain("reconnect on the card");
    fireEvent.click(screen.getByRole("button", { name: "Dismiss" }));
    expect(dismissed).toHaveBeenCalledOnce();
  });

  it("names each wrong field and what would have been known", () => {
    render(
      <ProblemPanel
        problem={{
          type: "x",
          title: "The body is not of the form asked for",
          status: 422,
          errors: [{ pointer: "/account", detail: "must be text" }],
          known: ["demo-market", "hotmart"],
        }}
      />,
    );
    const panel = screen.getByRole("alert");
    expect(panel.textContent).toContain("/account");
    expect(panel.textContent).toContain("must be text");
    expect(panel.textContent).toContain("demo-market, hotmart");
  });

  it("an answer of a proxy, or none at all, is explained too", () => {
    expect(problemFrom(502, "<html>Bad gateway</html>")).toMatchObject({ status: 502, retryable: true });
    expect(problemFrom(404, '{"title":"There is no such thing"}')).toMatchObject({ status: 404, title: "There is no such thing" });
    expect(whatToDo(UNREACHABLE)).toContain("Check that the service is running");
    expect(whatToDo(UNREACHABLE)).not.toContain("ALLOWED_ORIGINS");
    expect(whatToDo(UNREACHABLE, isElsewhere("https://api.example.com/api"))).toContain("ALLOWED_ORIGINS");
    expect(whatToDo(problemFrom(403, ""))).toContain("ALLOWED_ORIGINS");
  });
});
